import type { CookieSerializeOptions } from '@fastify/cookie'
import type { Seal } from '../directory/seal.ts'
import type { Caller } from '../domain/caller.ts'
import type { Settings } from '../settings-schema.ts'

/** The name of the admin page's cookie. */
export const SESSION_COOKIE = 'wati-gateway-session'

/** A sealed session opens nowhere else, and nothing else opens as one. */
const BOUND = 'wati-gateway/session'

/** An admin who signed in on the page. All of it is in the cookie, sealed: any replica can read it. */
export interface Session {
  /** Of this session alone: to sign out revokes it. */
  readonly id: string
  readonly sub: string
  /** Of the token that was exchanged for the session: to revoke that one ends the session too. */
  readonly jti?: string
  readonly scopes: readonly string[]
  /** Seconds since 1970. */
  readonly expiresAt: number
}

/** The cookie's value. */
export function printSession(seal: Seal, session: Session): string {
  return seal.seal(JSON.stringify(session), BOUND)
}

/** The session of a cookie; `undefined` when the cookie is none of ours, was edited, or has ended. */
export function readSession(seal: Seal, cookie: string, now = Date.now()): Session | undefined {
  try {
    const session = JSON.parse(seal.open(cookie, BOUND)) as Session
    return session.expiresAt * 1_000 > now ? session : undefined
  } catch {
    return undefined
  }
}

/** Who calls, of a session. An admin needs no channels: those of the token do not come along. */
export function callerOf({ sub, jti, scopes, expiresAt }: Session): Caller {
  return { sub, ...(jti !== undefined && { jti }), scopes: new Set(scopes), grants: [], expiresAt }
}

/** Out of reach of scripts and of other sites; it ends with its session. */
export function cookieOptions(
  { SESSION_COOKIE_SECURE }: Settings,
  maxAgeSeconds: number,
): CookieSerializeOptions {
  return {
    path: '/v1',
    httpOnly: true,
    sameSite: 'strict',
    secure: SESSION_COOKIE_SECURE === 'true',
    maxAge: maxAgeSeconds,
  }
}
