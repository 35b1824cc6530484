import type { Plan } from './plan.ts'
import type { Secret } from './secret.ts'

/** One Wati account (Wati calls it a tenant). */
export interface Account {
  /** The name admins gave it; same grammar as an alias. */
  readonly id: string
  /** Wati's number of the tenant: digits. */
  readonly tenantId: string
  /** An origin, such as `https://live-mt-server.wati.io`: no path, no trailing slash. */
  readonly baseUrl: string
  readonly token: Secret
  /** When the token was last written, RFC 3339. */
  readonly tokenUpdatedAt: string
  readonly plan: Plan
  readonly description?: string
  /** The revision of the directory at which this account last changed. */
  readonly revision: number
}
