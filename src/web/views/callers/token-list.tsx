import { useEffect, useRef, useState } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { type Pages, usePages } from '../../hooks/use-pages.ts'
import { useSettled } from '../../hooks/use-settled.ts'
import { messages } from '../../messages/messages.ts'
import { TextField } from '../../parts/field.tsx'
import { Pager } from '../../parts/pager.tsx'
import { Loaded } from '../../parts/view.tsx'
import { ForeignToken } from './foreign-token.tsx'
import { RevokeDialog } from './revoke-dialog.tsx'
import { TokenTable } from './token-table.tsx'
import { type KnownToken, listTokens } from './tokens.ts'

const { callers } = messages

const PAGE_LENGTH = 100

/** Whose token is to be revoked; the caller is not known of one from elsewhere. */
interface Asked {
  readonly jti: string
  readonly sub: string | undefined
}

/** The list, and what ends a token. `issued` counts those that were issued here: with each the list is read anew. */
export function TokenList({ issued }: { issued: number }) {
  const { canWrite } = useSession()
  const [typed, setTyped] = useState('')
  const sub = useSettled(typed.trim())
  const keys = [sub, issued]
  const pages = usePages((cursor, signal) => listTokens(sub, PAGE_LENGTH, cursor, signal), keys, PAGE_LENGTH)
  const [asked, setAsked] = useState<Asked>()
  const [revoked, setRevoked] = useState(0)
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that was pressed is gone from its row.
  useEffect(() => (revoked === 0 ? undefined : heading.current?.focus()), [revoked])
  const close = (): void => setAsked(undefined)
  const goOn = (): void => {
    close()
    setRevoked(revoked + 1)
    pages.reload()
  }
  return (
    <>
      <section class="tokens" aria-labelledby="tokens">
        <ListHeader heading={heading} />
        <TextField
          {...{ label: callers.filter, name: 'filter', hint: callers.filterHint, type: 'search' }}
          {...{ value: typed, onInput: setTyped, maxLength: 200, spellcheck: false }}
        />
        <Tokens {...{ pages, sub }} onRevoke={({ jti, sub }) => setAsked({ jti, sub })} />
      </section>
      {canWrite && <ForeignToken key={revoked} onRevoke={(jti) => setAsked({ jti, sub: undefined })} />}
      {asked && <RevokeDialog {...asked} onClose={close} onRevoked={goOn} />}
    </>
  )
}

function ListHeader({ heading }: { heading: { readonly current: HTMLHeadingElement | null } }) {
  return (
    <>
      <h2 id="tokens" ref={heading} tabIndex={-1}>
        {callers.tokens}
      </h2>
      <p class="faint">{callers.tokensHint}</p>
    </>
  )
}

interface TokensProps {
  readonly pages: Pages<KnownToken>
  readonly sub: string
  readonly onRevoke: (token: KnownToken) => void
}

function Tokens({ pages, sub, onRevoke }: TokensProps) {
  const empty = sub === '' ? callers.empty : callers.emptyFor(sub)
  const isWhole = pages.number === 1 && pages.next === undefined
  return (
    <>
      <Loaded of={pages}>
        {(tokens) => <TokenTable {...{ tokens: isWhole ? newestFirst(tokens) : tokens, empty, onRevoke }} />}
      </Loaded>
      <Pager pages={pages} />
    </>
  )
}

/** Pages come in the order of ids, which tells nothing; a list of one page can do better. */
function newestFirst(tokens: readonly KnownToken[]): KnownToken[] {
  const timeOf = ({ issuedAt, revokedAt }: KnownToken): string => issuedAt ?? revokedAt ?? ''
  return [...tokens].sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1))
}
