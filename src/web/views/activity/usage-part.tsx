import { useResource } from '../../hooks/use-resource.ts'
import { useSettled } from '../../hooks/use-settled.ts'
import { messages } from '../../messages/messages.ts'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { readUsage } from './usage.ts'
import { UsageChart } from './usage-chart.tsx'
import { UsageFilters } from './usage-filters.tsx'
import { UsageSums } from './usage-sums.tsx'
import { type UsageFields, questionOf, useUsageQuestion } from './use-usage-question.ts'

const { activity: texts, shell } = messages

/** Fields beside which a refusal is shown. */
const FIELDS = ['from', 'to', 'channel', 'caller']

/** How many calls there were, day by day, with the largest kept apart. */
export function UsagePart() {
  const [fields, change] = useUsageQuestion()
  const settled = useSettled(JSON.stringify(fields))
  const usage = useResource(
    async (signal) => await readUsage(questionOf(JSON.parse(settled) as UsageFields), signal),
    [settled],
  )
  const { data, problem, isLoading, reload } = usage
  return (
    <>
      <UsageFilters {...{ fields, change, problem }} />
      <ProblemNote {...{ problem }} fields={FIELDS} onRetry={reload} />
      <p class="hint" role="status">
        {isLoading ? shell.loading : texts.daysHint}
      </p>
      {data?.total === 0 && <p class="empty">{texts.noCalls}</p>}
      {data !== undefined && data.total > 0 && (
        <>
          <UsageChart usage={data} />
          <UsageSums usage={data} />
        </>
      )}
    </>
  )
}
