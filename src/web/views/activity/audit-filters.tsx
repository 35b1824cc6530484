import type { Problem } from '../../api/problem.ts'
import { useQuery } from '../../hooks/use-address.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { type Filters, filtersIn } from './audit.ts'

const { activity: texts } = messages

const options = (all: string, names: Readonly<Record<string, string>>) => [
  { value: '', label: all },
  ...Object.entries(names).map(([value, label]) => ({ value, label })),
]

const ACTIONS = options(texts.anything, texts.actions)
const KINDS = options(texts.anyKind, texts.kinds)

/** What the list is to have. It comes from the address and goes to it, so that a list can be linked to. */
export function AuditFilters({ problem }: { problem: Problem | undefined }) {
  const [query, write] = useQuery()
  const filters = filtersIn(query)
  const field = (name: keyof Filters) => ({
    ...{ name, problem, value: filters[name] },
    onInput: (value: string) => write({ ...filters, [name]: value }),
  })
  const isAny = Object.values(filters).some((value) => value !== '')
  return (
    <form role="search" class="filters" onSubmit={(event) => event.preventDefault()}>
      <div class="fields">
        <TextField {...field('actor')} label={texts.who} hint={texts.whoHint} />
        <SelectField {...field('action')} label={texts.what} options={withOwn(ACTIONS, filters.action)} />
        <SelectField {...field('kind')} label={texts.kind} options={withOwn(KINDS, filters.kind)} />
        <TextField {...field('id')} label={texts.id} hint={texts.idHint} />
        <TextField {...field('since')} label={texts.since} type="datetime-local" />
        <TextField {...field('until')} label={texts.until} type="datetime-local" />
      </div>
      {isAny && <Button onClick={() => write({})}>{texts.clear}</Button>}
    </form>
  )
}

/** An address may ask for what is not listed here: what is filtered by must be seen. */
function withOwn(listed: ReturnType<typeof options>, value: string): ReturnType<typeof options> {
  return listed.some((one) => one.value === value) ? listed : [...listed, { value, label: value }]
}
