import { ALIAS_PATTERN, isAlias } from './alias.ts'

/** What a token may allow. `account:read` is account-wide data that Wati cannot narrow to one number. */
export const SCOPES = [
  'messages:send',
  'messages:read',
  'chats:write',
  'contacts:read',
  'contacts:write',
  'templates:read',
  'broadcasts:read',
  'account:read',
  'admin:read',
  'admin:write',
] as const

export type Scope = (typeof SCOPES)[number]

/** An internal service or an admin, as its verified token describes it. */
export interface Caller {
  /** The `sub` of the token. */
  readonly sub: string
  readonly jti?: string
  /** The alias of the token's `channel` claim: what a call to the bare root means. */
  readonly channel?: string
  readonly scopes: ReadonlySet<string>
  /** Aliases, prefixes such as `latam-*`, or `*`. */
  readonly grants: readonly string[]
  /** When the token ends: seconds since 1970, as in its `exp`. */
  readonly expiresAt: number
}

/**
 * Reads the claims of a token whose signature and times were already verified.
 * Gives a sentence instead of a caller when a claim has the wrong form.
 */
export function readCaller(claims: Readonly<Record<string, unknown>>): Caller | string {
  const { sub: subject, jti, channel, scope, channels, exp } = claims
  if (typeof subject !== 'string' || subject === '') return 'its sub claim must be a non-empty string'
  if (jti !== undefined && typeof jti !== 'string') return 'its jti claim must be a string'
  if (channel !== undefined && typeof channel !== 'string') return 'its channel claim must be a string'
  if (scope !== undefined && typeof scope !== 'string') {
    return 'its scope claim must be a string of scopes separated by spaces'
  }
  const caller: Caller = {
    sub: subject,
    ...(jti !== undefined && { jti }),
    ...(channel !== undefined && { channel }),
    scopes: new Set(scope?.split(' ')),
    grants: readGrants(channels, channel),
    expiresAt: Number(exp),
  }
  return caller
}

/** May this caller use this alias? Exact, by prefix, or all; whatever is unclear grants nothing. */
export function mayUse(caller: Pick<Caller, 'grants'>, alias: string): boolean {
  return caller.grants.some((grant) => {
    if (grant === '*') return true
    if (grant.endsWith('*')) return alias.startsWith(grant.slice(0, -1))
    return grant === alias
  })
}

const PREFIX = /^[a-z][a-z0-9-]*\*$/

/** An alias, a prefix or `*`: the source of a regular expression, for schemas. */
export const GRANT_PATTERN = `${ALIAS_PATTERN}|^[a-z][a-z0-9-]{0,62}\\*$|^\\*$`

function readGrants(channels: unknown, channel: string | undefined): string[] {
  // Only an alias: a `*` here would be a grant that nobody meant to give.
  if (channels === undefined) return channel !== undefined && isAlias(channel) ? [channel] : []
  if (!Array.isArray(channels)) return []
  return channels.filter(
    (grant): grant is string =>
      typeof grant === 'string' && (grant === '*' || PREFIX.test(grant) || isAlias(grant)),
  )
}
