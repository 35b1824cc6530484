import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Problem } from '../../api/problem.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import type { LimitForm, LimitKind } from './account-form.ts'
import { KINDS } from './limit-kinds.ts'

const { accounts: texts } = messages

interface LimitFieldsProps {
  readonly limits: readonly LimitForm[]
  readonly problem: Problem | undefined
  readonly onChange: (limits: readonly LimitForm[]) => void
}

/** The limits by endpoint: as the plan says, the account's own, or none. */
export function LimitFields({ limits, problem, onChange }: LimitFieldsProps) {
  const place = useRef<HTMLFieldSetElement>(null)
  const added = limits.filter(({ isNew }) => isNew).length
  const before = useRef(added)
  useEffect(() => {
    // Whoever adds a limit wants to name it next; whoever removed the last one is at the button that adds.
    const goal = added > before.current ? '.limit:last-of-type input' : '.add-limit button'
    if (added !== before.current) place.current?.querySelector<HTMLElement>(goal)?.focus()
    before.current = added
  }, [added])
  const add = (): void => onChange([...limits, NEW_LIMIT])
  return (
    <fieldset ref={place}>
      <legend>{texts.endpointLimits}</legend>
      {limits.map((limit, index) => (
        <LimitRow
          key={limit.isNew ? index : limit.endpoint}
          {...{ limit, problem }}
          onChange={(changed) => onChange(limits.with(index, changed))}
          onRemove={() => onChange(limits.toSpliced(index, 1))}
        />
      ))}
      <p class="add-limit">
        <Button onClick={add}>{texts.addLimit}</Button>
      </p>
    </fieldset>
  )
}

const NEW_LIMIT: LimitForm = { endpoint: '', isNew: true, kind: 'own', max: '', windowSeconds: '10' }

interface LimitRowProps {
  readonly limit: LimitForm
  /** Of the whole form. */
  readonly problem: Problem | undefined
  readonly onChange: (limit: LimitForm) => void
  readonly onRemove: () => void
}

function LimitRow({ limit, problem: ofForm, onChange, onRemove }: LimitRowProps) {
  const { endpoint, isNew, kind } = limit
  // The same as long as nothing is tried again: a field takes the focus for each new one.
  const problem = useMemo(() => problemOf(ofForm, endpoint), [ofForm, endpoint])
  const change = (part: Partial<LimitForm>): void => onChange({ ...limit, ...part })
  return (
    <div class="limit" role="group" aria-label={endpoint === '' ? texts.newLimit : endpoint}>
      {isNew ? (
        <TextField
          {...{ label: texts.endpoint, name: 'endpoint', hint: texts.endpointHint, problem }}
          {...{ value: endpoint, autoComplete: 'off', spellcheck: false }}
          onInput={(endpoint) => change({ endpoint })}
        />
      ) : (
        <p class="limit-name">
          <code>{endpoint}</code>
        </p>
      )}
      <SelectField
        {...{ label: texts.limit, name: 'kind', value: kind }}
        options={isNew ? KINDS.filter(({ value }) => value !== 'plan') : KINDS}
        onInput={(kind) => change({ kind: kind as LimitKind })}
      />
      {kind === 'own' && <RateFields {...{ limit, problem, change }} />}
      {isNew && <Button onClick={onRemove}>{texts.removeLimit}</Button>}
    </div>
  )
}

interface RateFieldsProps {
  readonly limit: LimitForm
  readonly problem: Problem | undefined
  readonly change: (part: Partial<LimitForm>) => void
}

function RateFields({ limit: { max, windowSeconds }, problem, change }: RateFieldsProps) {
  const common = { inputMode: 'numeric', autoComplete: 'off', problem } as const
  return (
    <>
      <TextField
        {...{ ...common, label: texts.max, name: 'max', value: max }}
        onInput={(max) => change({ max })}
      />
      <TextField
        {...{ ...common, label: texts.windowSeconds, name: 'windowSeconds', value: windowSeconds }}
        onInput={(windowSeconds) => change({ windowSeconds })}
      />
    </>
  )
}

/** The refusal, where it is about this limit: told of `endpoint`, `max` or `windowSeconds`. */
function problemOf(problem: Problem | undefined, endpoint: string): Problem | undefined {
  // The gateway writes the path into the body as a JSON pointer (RFC 6901), which escapes slashes.
  const field = problem?.field?.replaceAll('~1', '/')
  if (problem === undefined || field === undefined) return undefined
  const isUnknown = field === 'limits' && problem.message.endsWith(`: ${endpoint.trim()}.`)
  if (isUnknown) return wrongField('endpoint', problem.message)
  const name = `limits.${endpoint}`
  if (field === name) return wrongField('max', problem.message)
  return field.startsWith(`${name}.`) ? wrongField(field.slice(name.length + 1), problem.message) : undefined
}
