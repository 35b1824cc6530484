import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { Problem } from '../api/problem.ts'
import { messages } from '../messages/messages.ts'
import { type Option, Options } from './options.tsx'

interface FieldProps {
  readonly label: string
  /** As the API calls it: a refusal that names it is shown here. */
  readonly name: string
  readonly hint?: string | undefined
  readonly problem?: Problem | undefined
  readonly isRequired?: boolean
  readonly isDisabled?: boolean
}

interface Wiring {
  readonly id: string
  readonly name: string
  readonly disabled: boolean
  readonly required: boolean
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
}

/** A label, whatever is typed or chosen in, a hint, and beside it what is wrong. The first wrong field gets the focus. */
function Field(props: FieldProps & { readonly children: (wiring: Wiring) => ComponentChildren }) {
  const { label, name, hint, problem, isRequired = false, isDisabled = false, children } = props
  const id = useId()
  const place = useRef<HTMLDivElement>(null)
  const wrong = isAbout(problem, name) ? problem?.message : undefined
  useEffect(() => {
    if (wrong !== undefined) place.current?.querySelector<HTMLElement>('input,select,textarea')?.focus()
  }, [problem])
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class="field" ref={place}>
      <label for={id}>
        {label} {isRequired && <span class="faint">({messages.shell.required})</span>}
      </label>
      {children({
        ...{ id, name, disabled: isDisabled, required: false },
        'aria-describedby': described === '' ? undefined : described,
        'aria-invalid': wrong !== undefined,
      })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="wrong" id={`${id}-wrong`} role="alert">
          {wrong}
        </p>
      )}
    </div>
  )
}

/** Is the refusal about this field, or about something in it? */
function isAbout(problem: Problem | undefined, name: string): boolean {
  return problem?.field === name || problem?.field?.startsWith(`${name}.`) === true
}

type InputProps = FieldProps & {
  readonly value: string
  readonly onInput: (value: string) => void
} & Pick<
    InputHTMLAttributes,
    'type' | 'inputMode' | 'autoComplete' | 'placeholder' | 'maxLength' | 'list' | 'spellcheck'
  >

export function TextField({ value, onInput, type = 'text', ...rest }: InputProps) {
  const { label, name, hint, problem, isRequired, isDisabled, ...attributes } = rest
  return (
    <Field {...fieldProps(rest)}>
      {(wiring) => (
        <input
          {...attributes}
          {...wiring}
          type={type}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

type AreaProps = FieldProps & {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly rows?: number
  readonly isCode?: boolean
}

export function AreaField({ value, onInput, rows = 3, isCode = false, ...rest }: AreaProps) {
  return (
    <Field {...fieldProps(rest)}>
      {(wiring) => (
        <textarea
          {...wiring}
          rows={rows}
          class={isCode ? 'code' : ''}
          spellcheck={!isCode}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

type SelectProps = FieldProps & {
  readonly value: string
  readonly options: readonly Option[]
  readonly onInput: (value: string) => void
}

export function SelectField({ value, options, onInput, ...rest }: SelectProps) {
  return (
    <Field {...fieldProps(rest)}>
      {(wiring) => (
        <select {...wiring} value={value} onInput={(event) => onInput(event.currentTarget.value)}>
          <Options of={options} />
        </select>
      )}
    </Field>
  )
}

type CheckProps = Omit<FieldProps, 'isRequired'> & {
  readonly isChecked: boolean
  readonly onInput: (isChecked: boolean) => void
}

/** On or off: the label stands beside the box. */
export function CheckField({ label, name, hint, isChecked, isDisabled = false, onInput }: CheckProps) {
  const id = useId()
  return (
    <div class="field check">
      <input
        id={id}
        {...{ name, disabled: isDisabled, type: 'checkbox', checked: isChecked }}
        aria-describedby={hint && `${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function fieldProps({ label, name, hint, problem, isRequired, isDisabled }: FieldProps) {
  return {
    ...{ label, name, hint, problem },
    ...(isRequired !== undefined && { isRequired }),
    ...(isDisabled !== undefined && { isDisabled }),
  }
}
