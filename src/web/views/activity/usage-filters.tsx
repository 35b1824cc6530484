import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import { PERIODS } from './period.ts'
import { DIMENSIONS, queryOf } from './usage.ts'
import { type UsageFields, questionOf } from './use-usage-question.ts'

const { activity: texts } = messages

const BY = DIMENSIONS.map((value) => ({ value, label: texts.dimensions[value] }))
const DAYS = PERIODS.map((value) => ({ value, label: texts.periods[value] }))

interface UsageFiltersProps {
  readonly fields: UsageFields
  readonly change: (changed: Partial<UsageFields>) => void
  readonly problem: Problem | undefined
}

/** The period, what is kept apart, and the same as a file. */
export function UsageFilters({ fields, change, problem }: UsageFiltersProps) {
  const field = (name: keyof UsageFields) => ({
    ...{ name, problem, value: fields[name] },
    onInput: (value: string) => change({ [name]: value }),
  })
  const question = questionOf(fields)
  const { from, to } = question.period
  const start = (days: string): void => change({ days, ...(days === 'own' ? { from, to } : NO_DAYS) })
  return (
    <form role="search" class="filters" onSubmit={(event) => event.preventDefault()}>
      <div class="fields">
        <SelectField {...field('by')} label={texts.by} options={BY} />
        <SelectField {...field('days')} label={texts.period} options={DAYS} onInput={start} />
        {fields.days === 'own' && (
          <>
            <TextField {...field('from')} label={texts.fromDay} type="date" />
            <TextField {...field('to')} label={texts.toDay} type="date" />
          </>
        )}
        <TextField {...field('channel')} label={texts.onlyChannel} />
        <TextField {...field('caller')} label={texts.onlyCaller} />
      </div>
      <p class="actions">
        <CsvLink label={texts.csv} query={{ ...queryOf(question), groupBy: `day,${question.by}` }} />
        <CsvLink label={texts.csvAll} query={queryOf(question)} />
      </p>
    </form>
  )
}

const NO_DAYS = { from: '', to: '' }

/** An ordinary link: the cookie goes along, and the browser saves what comes, however long it is. */
function CsvLink({ label, query }: { label: string; query: ReturnType<typeof queryOf> }) {
  const text = new URLSearchParams({ ...(query as Record<string, string>), format: 'csv' }).toString()
  return (
    <a class="button" href={`/v1/usage?${text}`} download>
      {label}
    </a>
  )
}
