import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import type { Account } from './account.ts'
import { printPlan } from './account-words.ts'
import { QuotaBar } from './quota-bar.tsx'

const { accounts: texts, shell } = messages

/** What the account is, and the way to the channels that use it. */
export function DetailsCard({ account }: { account: Account }) {
  const { id, tenantId, baseUrl, description, plan, revision } = account
  return (
    <section class="card">
      <h2>{texts.details}</h2>
      <dl class="facts">
        <dt>{texts.description}</dt>
        <dd>{description ?? <span class="faint">{shell.none}</span>}</dd>
        <dt>{texts.tenantId}</dt>
        <dd>{tenantId}</dd>
        <dt>{texts.baseUrl}</dt>
        <dd>
          <code>{baseUrl}</code>
        </dd>
        <dt>{texts.plan}</dt>
        <dd>{printPlan(plan)}</dd>
        <dt>{texts.revision}</dt>
        <dd>{printCount(revision)}</dd>
        <dt>{texts.channels}</dt>
        <dd>
          <a href={channelsOf(id)}>{texts.showChannels}</a>
        </dd>
      </dl>
    </section>
  )
}

/** The address of the list of its channels. */
export function channelsOf(id: string): string {
  return `#/channels?account=${encodeURIComponent(id)}`
}

/** The calls of this month. */
export function QuotaCard({ account }: { account: Account }) {
  const { enforceQuota, usage } = account
  return (
    <section class="card">
      <h2>{texts.quota}</h2>
      <QuotaBar account={account} />
      {usage.monthlyCalls !== null && (
        <p class="hint">{enforceQuota === true ? texts.refusedWhenUsed : texts.passWhenUsed}</p>
      )}
    </section>
  )
}
