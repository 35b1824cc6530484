import { randomUUID } from 'node:crypto'
import type { Static } from '@sinclair/typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { EntryOrigin, TokenEntry, TokenFields } from '../directory/entry.ts'
import { SCOPES, mayUse } from '../domain/caller.ts'
import type { CallerToken } from '../domain/caller-token.ts'
import { Refusal } from '../errors.ts'
import {
  CallerTokenBody,
  CallerTokenList,
  CallerTokenParams,
  CallerTokenQuery,
  IssuedTokenAnswer,
} from './caller-token-schema.ts'
import { fieldChanges } from './field-changes.ts'
import { WriteQuery, waitForReplicas } from './in-force.ts'
import { originOf } from './origin.ts'
import { pageOf } from './page.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'

/** What is known of a token is kept a day longer than the token, then forgotten, two with each that is issued. */
const FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1_000
const FORGOTTEN_AT_ONCE = 2

/** Node takes 16 KiB for all of a request's header, and proxies often 8 KiB for a line of it. */
const LONGEST_TOKEN = 7_500

/** `/v1/tokens`: what callers and admins prove themselves with. Only what is known of a token is kept. */
export function callerTokens(app: ControlPlane, options: ControlPlaneOptions): void {
  issueToken(app, options)
  listTokens(app, options)
  revokeToken(app, options)
}

function issueToken(app: ControlPlane, options: ControlPlaneOptions): void {
  const { sign, writer, settings } = options
  const schema = { body: CallerTokenBody, querystring: WriteQuery, response: { 201: IssuedTokenAnswer } }
  app.post('/tokens', { schema }, async function issueToken(request, reply) {
    if (sign === undefined)
      throw new Refusal(
        'conflict',
        'This gateway has no JWT_SECRET, so it cannot issue tokens: your provider does.',
      )
    const origin = originOf(request)
    const { claims, record } = describeToken(request.body, settings.TOKEN_LIFETIME_LIMIT_SECONDS, origin.at)
    const token = signed(sign, claims)
    const { revision } = await writer.write((): TokenEntry => {
      const changes = fieldChanges(undefined, { ...record, jti: undefined })
      return { ...origin, kind: 'token', id: record.jti, action: 'token.issue', record, changes }
    })
    // The token is issued; what is left of others can be forgotten with the next.
    await forgetExpired(options, origin).catch((err: unknown) => {
      request.log.warn({ err }, 'expired tokens could not be forgotten')
    })
    await waitForReplicas(options, request.query, reply, revision)
    return await reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...record, channels: [...request.body.channels], token })
  })
}

/** The claims of a new token (RFC 7519), and what is kept of it. */
function describeToken(body: Static<typeof CallerTokenBody>, limitSeconds: number, issuedAt: string) {
  const { sub, channels, scope, channel, expiresIn } = body
  checkScope(scope)
  if (expiresIn > limitSeconds)
    throw invalid(
      `The field "expiresIn" must be at most ${limitSeconds} seconds (TOKEN_LIFETIME_LIMIT_SECONDS).`,
    )
  if (channel !== undefined && !mayUse({ grants: channels }, channel))
    throw invalid('The field "channel" must be an alias that the field "channels" grants.')
  const jti = randomUUID()
  const issued = Math.floor(Date.parse(issuedAt) / 1_000)
  const granted = { sub, channels, scope, ...(channel !== undefined && { channel }) }
  const expiresAt = new Date((issued + expiresIn) * 1_000).toISOString()
  const record: TokenFields & { jti: string } = { jti, ...granted, issuedAt, expiresAt }
  return { claims: { jti, ...granted, iat: issued, exp: issued + expiresIn }, record }
}

/** The token, unless no request could carry it. */
function signed(
  sign: NonNullable<ControlPlaneOptions['sign']>,
  claims: Readonly<Record<string, unknown>>,
): string {
  const token = sign(claims)
  if (token.length <= LONGEST_TOKEN) return token
  throw invalid(
    `The field "channels" is too long: the token would have ${token.length} characters, and a request can carry ${LONGEST_TOKEN}. Prefixes such as "latam-*" are shorter.`,
  )
}

function checkScope(scope: string): void {
  const known: readonly string[] = SCOPES
  const unknown = scope.split(' ').find((one) => !known.includes(one))
  if (unknown === undefined) return
  throw invalid(`The field "scope" must be scopes separated by single spaces, out of: ${SCOPES.join(', ')}.`)
}

/** So that the directory does not grow for ever: an expired token is refused whatever is known of it. */
async function forgetExpired({ directory, writer }: ControlPlaneOptions, origin: EntryOrigin): Promise<void> {
  for (const { jti } of expiredTokens(directory, Date.parse(origin.at))) {
    const actor = { sub: 'wati-gateway', address: origin.actor.address }
    const told = { ...origin, actor, action: 'token.forget', changes: [] } as const
    await writer.write((): TokenEntry => ({ ...told, kind: 'token', id: jti, record: null }))
  }
}

function expiredTokens({ tokens }: DirectoryReader, now: number): CallerToken[] {
  const found: CallerToken[] = []
  for (const token of tokens.values()) {
    if (found.length === FORGOTTEN_AT_ONCE) break
    const { expiresAt } = token
    if (expiresAt !== undefined && Date.parse(expiresAt) + FORGOTTEN_AFTER_MS < now) found.push(token)
  }
  return found
}

function listTokens(app: ControlPlane, { directory }: ControlPlaneOptions): void {
  const schema = { querystring: CallerTokenQuery, response: { 200: CallerTokenList } }
  app.get('/tokens', { schema }, function listTokens(request) {
    const { sub } = request.query
    const isWanted = (token: CallerToken): boolean => sub === undefined || token.sub === sub
    const page = pageOf(directory.tokens, (token) => token.jti, request.query, isWanted)
    return {
      ...page,
      items: page.items.map(({ channels, ...rest }) => ({
        ...rest,
        ...(channels && { channels: [...channels] }),
      })),
    }
  })
}

function revokeToken(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer } = options
  const schema = { params: CallerTokenParams, querystring: WriteQuery }
  app.delete('/tokens/:jti', { schema }, async function revokeToken(request, reply) {
    const { jti } = request.params
    const origin = originOf(request)
    const { revision } = await writer.write((): TokenEntry => {
      const current = directory.tokens.get(jti)
      const { revision: _revision, ...known } = current ?? { jti, revision: 0 }
      const record = { ...known, revokedAt: current?.revokedAt ?? origin.at }
      const changes = fieldChanges(current && { revokedAt: current.revokedAt }, {
        revokedAt: record.revokedAt,
      })
      return { ...origin, kind: 'token', id: jti, action: 'token.revoke', record, changes }
    })
    await waitForReplicas(options, request.query, reply, revision)
    return await reply.code(204).send()
  })
}

function invalid(detail: string): Refusal {
  return new Refusal('invalid-request', detail)
}
