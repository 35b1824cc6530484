import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { SelectField, TextField } from '../../parts/field.tsx'
import type { AccountForm } from './account-form.ts'

const { accounts: texts } = messages

type Source = AccountForm['source']

interface TokenSourceFieldsProps {
  readonly form: AccountForm
  readonly problem: Problem | undefined
  readonly sources: readonly Source[]
  readonly change: (part: Partial<AccountForm>) => void
}

/** Where the token comes from: pasted, or kept where the gateway reads it. */
export function TokenSourceFields({ form, problem, sources, change }: TokenSourceFieldsProps) {
  const { source, token, place } = form
  return (
    <fieldset>
      <legend>{texts.token}</legend>
      <SelectField
        {...{ label: texts.source, name: 'source', value: source }}
        options={sources.map((value) => ({ value, label: texts.sources[value] }))}
        // What was typed for one place means nothing for another, and a token must not linger unseen.
        onInput={(source) => change({ source: source as Source, token: '', place: '' })}
      />
      {source === 'pasted' && (
        <TextField
          {...{ label: texts.token, name: 'token', hint: texts.pastedHint, isRequired: true, problem }}
          {...{ type: 'password', autoComplete: 'off', spellcheck: false, value: token }}
          onInput={(token) => change({ token })}
        />
      )}
      {(source === 'env' || source === 'file') && (
        <TextField
          {...{ label: source === 'env' ? texts.variable : texts.file, name: 'tokenFrom', problem }}
          {...{ autoComplete: 'off', spellcheck: false, isRequired: true, value: place }}
          onInput={(place) => change({ place })}
        />
      )}
    </fieldset>
  )
}
