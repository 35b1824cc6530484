import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useSession } from '../../api/session.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { View } from '../../parts/view.tsx'
import '../../styles/accounts.css'
import { ACCOUNT_FIELDS, AccountFields } from './account-fields.tsx'
import { type AccountForm, EMPTY_FORM, bodyOf } from './account-form.ts'

const { accounts: texts, shell } = messages

/** Takes a new account in, with its token; then leads to it. */
export function NewAccountView() {
  const { canWrite } = useSession()
  return (
    <View title={texts.newTitle}>
      {canWrite ? <NewAccountForm /> : <p class="note">{shell.readOnlyHint}</p>}
    </View>
  )
}

function NewAccountForm() {
  const [, navigate] = useLocation()
  const [id, setId] = useState('')
  const [form, setForm] = useState(EMPTY_FORM)
  const create = useAction(async () => {
    await createAccount(id.trim(), form)
    announce(texts.created(id.trim()))
    navigate(`/accounts/${id.trim()}`)
  })
  const { problem } = create
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void create.run()
      }}
    >
      <TextField
        {...{ label: texts.id, name: 'account', hint: texts.idHint, isRequired: true, problem }}
        {...{ value: id, onInput: setId, autoComplete: 'off', spellcheck: false, maxLength: 63 }}
      />
      <AccountFields {...{ form, problem, sources: ['pasted', 'env', 'file'] }} onChange={setForm} />
      <ProblemNote problem={problem} fields={['account', ...ACCOUNT_FIELDS]} />
      <Button type="submit" kind="primary" isBusy={create.isBusy}>
        {texts.create}
      </Button>
    </form>
  )
}

/** A `PUT` would take the place of an account that is there already, so that is asked first. */
async function createAccount(id: string, form: AccountForm): Promise<void> {
  if (id === '') throw wrongField('account', texts.idMissing)
  const body = bodyOf(form)
  const params = { path: { account: id }, header: { 'if-none-match': '*' } }
  try {
    await answer(api.PUT('/v1/accounts/{account}', { params, body }))
  } catch (error) {
    if (error instanceof Problem && error.problem === 'revision-mismatch')
      throw wrongField('account', texts.idTaken)
    throw error
  }
}
