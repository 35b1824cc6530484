import type { Plan } from './plan.ts'
import type { Secret } from './secret.ts'

/** Where a token is kept outside the directory, for those whose platform has a store for secrets. */
export type TokenSource = { readonly env: string } | { readonly file: string }

/** At most `max` calls in any `windowSeconds`. */
export interface RateLimit {
  readonly max: number
  readonly windowSeconds: number
}

/** Limits by Wati's name of the endpoint, and `monthlyCalls`; `null` lifts the plan's. */
export type Limits = Readonly<Record<string, RateLimit | number | null>>

/** One Wati account (Wati calls it a tenant). */
export interface Account {
  /** The name admins gave it; same grammar as an alias. */
  readonly id: string
  /** Wati's number of the tenant: digits. */
  readonly tenantId: string
  /** An origin, such as `https://live-mt-server.wati.io`: no path, no trailing slash. */
  readonly baseUrl: string
  /** Missing while `tokenFrom` leads to nothing that could be read. */
  readonly token?: Secret
  readonly tokenFrom?: TokenSource
  /** When the token, or where it comes from, was last written, RFC 3339. */
  readonly tokenUpdatedAt: string
  /** RFC 3339 */
  readonly tokenExpiresAt?: string
  readonly plan: Plan
  readonly limits?: Limits
  /** Refuse calls once those of the month are used up; without it they are only warned of. */
  readonly enforceQuota?: boolean
  readonly description?: string
  /** The revision of the directory at which this account last changed. */
  readonly revision: number
}

/** An account that can be used: its token is at hand. */
export type UsableAccount = Account & { readonly token: Secret }
