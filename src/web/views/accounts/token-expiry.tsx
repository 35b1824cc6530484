import { messages } from '../../messages/messages.ts'
import { printAge, printTime } from '../../messages/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import type { Account } from './account.ts'

const { accounts: texts } = messages

/** How long before its end a token is pointed at. */
const SOON_MS = 14 * 24 * 60 * 60 * 1_000

/** A point in time as its distance from now; the time itself for those who point at it. */
export function Age({ at }: { at: string }) {
  return (
    <time dateTime={at} title={printTime(at)}>
      {printAge(at)}
    </time>
  )
}

/** When the token ends, in words, with a badge once that is soon or over. */
export function TokenExpiry({ token: { expiresAt } }: Pick<Account, 'token'>) {
  if (expiresAt === null) return <span class="faint">{texts.noExpiry}</span>
  const leftMs = Date.parse(expiresAt) - Date.now()
  const words = (leftMs <= 0 ? texts.expired : texts.expires)(printAge(expiresAt))
  return (
    <>
      <time dateTime={expiresAt} title={printTime(expiresAt)}>
        {words}
      </time>{' '}
      {leftMs <= 0 && <Badge tone="bad">{texts.isExpired}</Badge>}
      {leftMs > 0 && leftMs <= SOON_MS && <Badge tone="warning">{texts.isExpiring}</Badge>}
    </>
  )
}
