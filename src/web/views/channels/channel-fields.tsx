import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { AreaField, TextField } from '../../parts/field.tsx'
import { AccountField } from './account-field.tsx'
import type { Draft } from './draft.ts'

const { channels } = messages
const { fields, hints } = channels

interface PartProps {
  readonly draft: Draft
  readonly onChange: (part: Partial<Draft>) => void
  readonly problem: Problem | undefined
}

/** Where the alias leads. */
export function LeadFields({ draft, onChange, problem }: PartProps) {
  return (
    <div class="fields">
      <AccountField
        {...{ label: fields.account, value: draft.account, none: channels.chooseAccount, problem }}
        isRequired
        onInput={(account) => onChange({ account })}
      />
      <TextField
        {...{ label: fields.number, name: 'number', value: draft.number, hint: hints.number, problem }}
        {...{ inputMode: 'tel', autoComplete: 'off', isRequired: true }}
        onInput={(number) => onChange({ number })}
      />
    </div>
  )
}

/** What else is known of a channel. */
export function DetailFields({ draft, onChange, problem }: PartProps) {
  return (
    <>
      <TextField
        {...{ label: fields.description, name: 'description', value: draft.description, problem }}
        maxLength={500}
        onInput={(description) => onChange({ description })}
      />
      <div class="fields">
        <TextField
          {...{ label: fields.weight, name: 'weight', value: draft.weight, hint: hints.weight, problem }}
          {...{ inputMode: 'numeric', autoComplete: 'off' }}
          onInput={(weight) => onChange({ weight })}
        />
        <TextField
          {...{ label: fields.monthlyCalls, name: 'monthlyCalls', value: draft.monthlyCalls }}
          {...{ hint: hints.monthlyCalls, problem, inputMode: 'numeric', autoComplete: 'off' }}
          onInput={(monthlyCalls) => onChange({ monthlyCalls })}
        />
      </div>
      <AreaField
        {...{ label: fields.labels, name: 'labels', value: draft.labels, hint: hints.labels, problem }}
        isCode
        onInput={(labels) => onChange({ labels })}
      />
    </>
  )
}
