import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import type { Account } from './account.ts'

const { accounts: texts } = messages

/** The steps that the gateway warns of, the highest first. */
const STEPS = [
  { from: 1, tone: 'bad', text: texts.step100 },
  { from: 0.95, tone: 'bad', text: texts.step95 },
  { from: 0.8, tone: 'warning', text: texts.step80 },
] as const

/** The calls of this month against those there may be: as a bar, and in words. */
export function QuotaBar({ account: { id, usage } }: { account: Pick<Account, 'id' | 'usage'> }) {
  const { calls, monthlyCalls } = usage
  if (monthlyCalls === null) return <p>{texts.calls(printCount(calls))}</p>
  const step = STEPS.find(({ from }) => calls >= monthlyCalls * from)
  const percent = monthlyCalls === 0 ? 100 : Math.floor((calls / monthlyCalls) * 100)
  return (
    <div class="quota">
      <progress
        class={`bar ${step?.tone ?? ''}`}
        max={100}
        value={Math.min(percent, 100)}
        aria-label={texts.quotaOf(id)}
      />
      <p>
        {texts.callsOf(printCount(calls), printCount(monthlyCalls), percent)}{' '}
        {step && <Badge tone={step.tone}>{step.text}</Badge>}
      </p>
    </div>
  )
}
