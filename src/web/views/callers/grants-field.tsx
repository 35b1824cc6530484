import { useId, useRef, useState } from 'preact/hooks'
import type { Problem } from '../../api/problem.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CheckField, TextField } from '../../parts/field.tsx'
import { ChannelSuggestions } from '../../parts/channel-suggestions.tsx'
import { ALL, splitGrants, wrongGrant } from './grants.ts'

const { issue } = messages.callers

interface GrantsFieldProps {
  readonly grants: readonly string[]
  readonly typed: string
  readonly onGrants: (grants: readonly string[]) => void
  readonly onTyped: (typed: string) => void
  readonly problem: Problem | undefined
}

/** The channels of a token: all, or aliases and prefixes that are added one after the other. */
export function GrantsField(props: GrantsFieldProps) {
  const { grants, onGrants, problem } = props
  const isAll = grants.includes(ALL)
  return (
    <fieldset>
      <legend>{issue.channels}</legend>
      <CheckField
        {...{ label: issue.all, name: 'all', hint: issue.allHint, isChecked: isAll }}
        onInput={(isChecked) => onGrants(isChecked ? [ALL] : [])}
      />
      {isAll ? <Wrong problem={problem} /> : <SomeGrants {...props} />}
    </fieldset>
  )
}

function SomeGrants({ grants, typed, onGrants, onTyped, problem }: GrantsFieldProps) {
  const list = useId()
  const place = useRef<HTMLDivElement>(null)
  const [wrong, setWrong] = useState<Problem>()
  const add = (): void => {
    const found = splitGrants(typed)
    const bad = wrongGrant(found)
    setWrong(bad === undefined ? undefined : wrongField('channels', issue.grantWrong(bad)))
    if (bad !== undefined) return
    onGrants([...new Set([...grants, ...found])])
    onTyped('')
    place.current?.querySelector('input')?.focus()
  }
  const type = (text: string): void => {
    setWrong(undefined)
    onTyped(text)
  }
  const addByEnter = (event: KeyboardEvent): void => {
    // Enter would issue the token. With nothing typed it may.
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement) || typed.trim() === '') return
    event.preventDefault()
    add()
  }
  return (
    <div class="grants" ref={place} onKeyDown={addByEnter}>
      <div class="grant-entry">
        <TextField
          {...{ label: issue.grant, name: 'channels', hint: issue.grantHint, problem: wrong ?? problem }}
          {...{ value: typed, onInput: type, list, autoComplete: 'off', spellcheck: false }}
        />
        <Button onClick={add}>{issue.add}</Button>
      </div>
      <ChannelSuggestions id={list} typed={typed} />
      <Chosen {...{ grants, onGrants }} onEmptied={() => place.current?.querySelector('input')?.focus()} />
    </div>
  )
}

type ChosenProps = Pick<GrantsFieldProps, 'grants' | 'onGrants'> & { readonly onEmptied: () => void }

function Chosen({ grants, onGrants, onEmptied }: ChosenProps) {
  const remove = (grant: string): void => {
    onGrants(grants.filter((one) => one !== grant))
    // The button that was pressed goes with it.
    onEmptied()
  }
  if (grants.length === 0) return null
  return (
    <ul class="chosen" aria-label={issue.chosen}>
      {grants.map((grant) => (
        <li key={grant}>
          <code>{grant}</code>
          <button type="button" aria-label={issue.remove(grant)} onClick={() => remove(grant)}>
            ×
          </button>
        </li>
      ))}
    </ul>
  )
}

function Wrong({ problem }: { problem: Problem | undefined }) {
  if (problem?.field?.startsWith('channels') !== true) return null
  return (
    <p class="wrong" role="alert">
      {problem.message}
    </p>
  )
}
