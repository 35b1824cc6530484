import { messages } from '../../messages/messages.ts'
import { type Column, Table } from '../../parts/table.tsx'
import type { Account } from './account.ts'
import { printMonthly, printPlan, printRate } from './account-words.ts'

const { accounts: texts } = messages

interface Row {
  readonly name: string
  readonly limit: string
  readonly origin: string
}

/** The limits in force, and who set them. */
export function LimitsCard({ account }: { account: Account }) {
  return (
    <section class="card">
      <h2>{texts.limits}</h2>
      <Table
        {...{ caption: texts.limitsCaption, items: rowsOf(account), columns: COLUMNS }}
        keyOf={({ name }) => name}
      />
      <p class="hint">{texts.limitsHint}</p>
    </section>
  )
}

const COLUMNS: readonly Column<Row>[] = [
  { title: texts.endpoint, cell: ({ name }) => name },
  { title: texts.inForceLimit, cell: ({ limit }) => <span class="whole">{limit}</span> },
  { title: texts.origin, cell: ({ origin }) => <span class="whole">{origin}</span> },
]

function rowsOf(account: Account): Row[] {
  const { limits = {}, limitsInForce, plan } = account
  const originOf = (name: string): string =>
    Object.hasOwn(limits, name) ? texts.byAccount : texts.byPlan(printPlan(plan))
  return [
    { name: texts.allEndpoints, limit: printMonthly(account), origin: originOf('monthlyCalls') },
    ...Object.entries(limitsInForce).map(([name, limit]) => ({
      ...{ name, limit: printRate(limit), origin: originOf(name) },
    })),
  ]
}
