import { Link, useLocation } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { usePages } from '../../hooks/use-pages.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Pager } from '../../parts/pager.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded, View } from '../../parts/view.tsx'
import '../../styles/accounts.css'
import type { Account } from './account.ts'
import { printPlan } from './account-words.ts'
import { QuotaBar } from './quota-bar.tsx'
import { Age, TokenExpiry } from './token-expiry.tsx'
import { Warnings } from './warnings.tsx'

const { accounts: texts, shell } = messages

const PAGE_LENGTH = 50

/** All accounts: how their tokens and their calls of this month stand. */
export function AccountsView() {
  const { canWrite } = useSession()
  const [, navigate] = useLocation()
  const pages = usePages(loadPage, [], PAGE_LENGTH)
  const add = canWrite && (
    <Button kind="primary" onClick={() => navigate('/accounts/-/new')}>
      {texts.add}
    </Button>
  )
  return (
    <View title={texts.title} actions={add}>
      <Loaded of={pages}>
        {(items) => (
          <Table
            {...{ items, columns: COLUMNS, caption: texts.caption, empty: texts.noAccounts }}
            keyOf={({ id }) => id}
          />
        )}
      </Loaded>
      <Pager pages={pages} />
    </View>
  )
}

async function loadPage(cursor: string | undefined, signal: AbortSignal) {
  const query = { limit: String(PAGE_LENGTH), ...(cursor !== undefined && { cursor }) }
  return (await answer(api.GET('/v1/accounts', { params: { query }, signal }))).body
}

const COLUMNS: readonly Column<Account>[] = [
  { title: texts.account, cell: nameCell },
  { title: texts.tenant, cell: ({ tenantId }) => <span class="whole">{tenantId}</span> },
  { title: texts.plan, cell: ({ plan }) => <span class="whole">{printPlan(plan)}</span> },
  { title: texts.token, cell: tokenCell },
  { title: texts.month, cell: (account) => <QuotaBar account={account} /> },
  { title: texts.warnings, cell: ({ warnings }) => warningsCell(warnings) },
]

function nameCell({ id, description }: Account) {
  return (
    <>
      <Link href={`/accounts/${id}`}>{id}</Link>
      {description !== undefined && <p class="account-description faint">{description}</p>}
    </>
  )
}

function tokenCell({ token }: Account) {
  return (
    <div class="token-cell">
      <p>
        <code>{token.fingerprint ?? texts.noToken}</code>
      </p>
      <p class="faint">
        {texts.writtenAt} <Age at={token.updatedAt} />
      </p>
      <p>
        <TokenExpiry token={token} />
      </p>
    </div>
  )
}

function warningsCell(warnings: readonly string[]) {
  return warnings.length === 0 ? <span class="faint">{shell.none}</span> : <Warnings of={warnings} />
}
