import '../../styles/accounts.css'
import { Link } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded } from '../../parts/view.tsx'
import type { Account } from '../accounts/account.ts'
import { QuotaBar } from '../accounts/quota-bar.tsx'
import { TokenExpiry } from '../accounts/token-expiry.tsx'
import { REFRESH_MS } from './refresh.ts'

const { overview: texts } = messages

/** So many are shown, out of the most that one answer can have. */
const SHOWN = 6
const MOST = 1_000

const COLUMNS: readonly Column<Account>[] = [
  { title: texts.account, cell: ({ id }) => <Link href={`/accounts/${id}`}>{id}</Link> },
  { title: texts.month, cell: (account) => <QuotaBar {...{ account }} /> },
  { title: texts.token, cell: TokenCell },
]

/** One element, for a phone's layout puts it beside its title. */
function TokenCell({ token }: Account) {
  return (
    <div>
      <TokenExpiry {...{ token }} />
    </div>
  )
}

/** Accounts with their quota of the month and the end of their token. */
export function AccountsCard() {
  const accounts = useResource(readAccounts, [], REFRESH_MS)
  const all = accounts.data?.count
  return (
    <section class="card" aria-labelledby="accounts">
      <div class="card-header">
        <h2 id="accounts">{texts.accounts}</h2>
        <Link href="/accounts">{all === undefined ? texts.allAccounts : texts.allOfAccounts(all)}</Link>
      </div>
      <Loaded of={accounts}>
        {({ items }) => (
          <Table
            {...{ items, columns: COLUMNS, caption: texts.accountsCaption, empty: texts.noAccounts }}
            keyOf={({ id }) => id}
          />
        )}
      </Loaded>
    </section>
  )
}

async function readAccounts(signal: AbortSignal): Promise<{ items: Account[]; count: string }> {
  const given = { params: { query: { limit: String(MOST) } }, signal }
  const { items, nextCursor } = (await answer(api.GET('/v1/accounts', given))).body
  const count = `${printCount(items.length)}${nextCursor === null ? '' : '+'}`
  return { items: items.sort(mostInNeedFirst).slice(0, SHOWN), count }
}

/** Those that the gateway warns of, then those that have used the most of their month. */
function mostInNeedFirst(one: Account, other: Account): number {
  return other.warnings.length - one.warnings.length || shareUsed(other) - shareUsed(one)
}

function shareUsed({ usage: { calls, monthlyCalls } }: Account): number {
  return monthlyCalls === null ? 0 : calls / Math.max(monthlyCalls, 1)
}
