import type { ComponentChildren } from 'preact'
import { useSession } from '../../api/session.ts'
import { messages } from '../../messages/messages.ts'
import { printAge, printCount, printTime } from '../../messages/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { StateBadge, stateOf } from './token-state.tsx'
import type { KnownToken } from './tokens.ts'

const { callers } = messages

interface TokenTableProps {
  readonly tokens: readonly KnownToken[]
  readonly empty: string
  readonly onRevoke: (token: KnownToken) => void
}

/** What is known of each token; who may write can revoke those that still open something. */
export function TokenTable({ tokens, empty, onRevoke }: TokenTableProps) {
  const { canWrite } = useSession()
  const action: Column<KnownToken> = {
    title: callers.columns.action,
    cell: (token) => <RevokeButton {...{ token, onRevoke }} />,
  }
  const columns = canWrite ? [...COLUMNS, action] : COLUMNS
  return <Table {...{ caption: callers.caption, items: tokens, columns, keyOf, empty }} />
}

const keyOf = ({ jti }: KnownToken): string => jti

const COLUMNS: readonly Column<KnownToken>[] = [
  { title: callers.columns.caller, cell: (token) => <Caller {...token} /> },
  { title: callers.columns.channels, cell: (token) => <Channels {...token} /> },
  { title: callers.columns.scopes, cell: ({ scope }) => <Names names={scope?.split(' ')} isWord /> },
  { title: callers.columns.issued, cell: ({ issuedAt }) => <Moment at={issuedAt} /> },
  { title: callers.columns.expires, cell: ({ expiresAt }) => <Moment at={expiresAt} /> },
  {
    title: callers.columns.state,
    cell: (token) => (
      <Lines>
        <StateBadge token={token} />
        {token.revokedAt !== undefined && <span class="faint">{printAge(token.revokedAt)}</span>}
      </Lines>
    ),
  },
]

function Caller({ sub, jti }: KnownToken) {
  return (
    <Lines>
      {sub ?? <span class="faint">{callers.elsewhere}</span>}
      <code class="token-id faint">{jti}</code>
    </Lines>
  )
}

function Channels({ channels, channel }: KnownToken) {
  if (channels?.length === 0) return <span class="faint">{callers.adminsToken}</span>
  return (
    <Lines>
      <Names names={channels} />
      {channel !== undefined && <span class="faint">{callers.isDefault(channel)}</span>}
    </Lines>
  )
}

const SHOWN_AT_ONCE = 4

/** A token may have a thousand aliases. `isWord`: short, and not to be broken. */
function Names({ names, isWord = false }: { names: readonly string[] | undefined; isWord?: boolean }) {
  if (names === undefined) return <Unknown />
  const rest = names.slice(SHOWN_AT_ONCE)
  return (
    <Lines>
      {names.slice(0, SHOWN_AT_ONCE).map((name) => (
        <code key={name} class={isWord ? 'word' : ''}>
          {name}
        </code>
      ))}
      {rest.length > 0 && (
        <details>
          <summary>{callers.more(printCount(rest.length))}</summary>
          <code>{rest.join(' ')}</code>
        </details>
      )}
    </Lines>
  )
}

function Moment({ at }: { at: string | undefined }) {
  if (at === undefined) return <Unknown />
  return (
    <Lines>
      {printTime(at)}
      <span class="faint">{printAge(at)}</span>
    </Lines>
  )
}

function RevokeButton({ token, onRevoke }: { token: KnownToken; onRevoke: (token: KnownToken) => void }) {
  const state = stateOf(token)
  if (state === 'revoked' || state === 'expired') return null
  const { sub = callers.elsewhere, jti } = token
  return (
    <Button onClick={() => onRevoke(token)} label={callers.revoke.actionFor(sub, jti)}>
      {callers.revoke.action}
    </Button>
  )
}

/** Of a token from elsewhere that was revoked here nothing is known but its id. */
function Unknown() {
  return <span class="faint">{callers.unknown}</span>
}

/** One below the other. */
function Lines({ children }: { children: ComponentChildren }) {
  return <div class="lines">{children}</div>
}
