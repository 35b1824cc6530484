import { messages } from '../../messages/messages.ts'
import { Badge } from '../../parts/badge.tsx'
import type { KnownToken } from './tokens.ts'

/** So long before its end a token wants to be replaced. */
const SOON_MS = 14 * 24 * 60 * 60 * 1_000

const TONES = { good: 'good', soon: 'warning', expired: 'quiet', revoked: 'bad' } as const

export type TokenState = keyof typeof TONES

/** A token that was revoked stays so, also when its time is over. */
export function stateOf({ revokedAt, expiresAt }: KnownToken, now = Date.now()): TokenState {
  if (revokedAt !== undefined) return 'revoked'
  if (expiresAt === undefined) return 'good'
  const left = Date.parse(expiresAt) - now
  if (left <= 0) return 'expired'
  return left < SOON_MS ? 'soon' : 'good'
}

export function StateBadge({ token }: { token: KnownToken }) {
  const state = stateOf(token)
  return <Badge tone={TONES[state]}>{messages.callers.states[state]}</Badge>
}
