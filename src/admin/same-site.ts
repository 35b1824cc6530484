import type { FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'

/**
 * Refuses what another site makes a browser send along with the cookie (cross-site request forgery). The cookie is
 * `SameSite=Strict` already; this holds where a neighbour on the same host name, another port, is the other site.
 * Browsers send `Sec-Fetch-Site` (W3C Fetch Metadata) where the connection is safe, and `Origin` with every write.
 */
export function requireSameOrigin({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): void {
  const site = headers['sec-fetch-site']
  const { origin } = headers
  const isRead = method === 'GET'
  // `none` is an address that somebody typed: nothing but a read.
  if (site !== undefined && site !== 'same-origin' && !(isRead && site === 'none')) throw crossSite()
  if (origin !== undefined && hostOf(origin) !== headers.host) throw crossSite()
  if (site === undefined && origin === undefined && !isRead) throw crossSite()
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

function crossSite(): Refusal {
  return new Refusal(
    'cross-site-request',
    'A session is for the admin page of this address alone: open the page here, or send a token of your own.',
  )
}
