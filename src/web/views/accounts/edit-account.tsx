import { useEffect, useRef, useState } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Account, writeAccount } from './account.ts'
import { ACCOUNT_FIELDS, AccountFields } from './account-fields.tsx'
import { type AccountForm, bodyOf, formOf, mergeForms } from './account-form.ts'
import { ConflictNote } from './conflict-note.tsx'
import { type AccountWrite, useAccountWrite } from './use-account-write.ts'

const { accounts: texts, shell } = messages

interface EditAccountProps {
  readonly account: Account
  readonly onWritten: (account: Account) => void
  readonly onClose: () => void
}

/** All of an account but its token, to be changed. */
export function EditAccount({ account, onWritten, onClose }: EditAccountProps) {
  // As it was when the admin began: what is read meanwhile must not slip in under what is typed.
  const [before, setBefore] = useState(account)
  const [form, setForm] = useState(() => formOf(account))
  const save = useAccountWrite(account.id, async () => {
    const written = await writeAccount(before, bodyOf(form))
    announce(texts.saved(account.id))
    onWritten(written)
    onClose()
  })
  const rebase = (mine: AccountForm, theirs: Account): void => {
    setForm(mine)
    setBefore(theirs)
    save.settle()
  }
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <Heading id={account.id} />
      <AccountFields {...{ form, problem: save.problem, sources: sourcesOf(before) }} onChange={setForm} />
      <ProblemNote problem={save.problem} fields={ACCOUNT_FIELDS} />
      <EditConflict {...{ save, before, form, rebase }} />
      <div class="actions">
        <Button type="submit" kind="primary" isBusy={save.isBusy} isDisabled={save.conflict !== undefined}>
          {shell.save}
        </Button>
        <Button onClick={onClose}>{shell.cancel}</Button>
      </div>
    </form>
  )
}

/** A token that was pasted can only move elsewhere here: a new one is written by rotation. */
function sourcesOf({ tokenFrom }: Account): AccountForm['source'][] {
  return tokenFrom === undefined ? ['kept', 'env', 'file'] : ['env', 'file']
}

function Heading({ id }: { id: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <h2 ref={heading} tabIndex={-1}>
      {texts.edit(id)}
    </h2>
  )
}

interface EditConflictProps {
  readonly save: AccountWrite<[]>
  readonly before: Account
  readonly form: AccountForm
  readonly rebase: (mine: AccountForm, theirs: Account) => void
}

function EditConflict({ save: { conflict }, before, form, rebase }: EditConflictProps) {
  if (conflict === undefined) return null
  const { theirs } = conflict
  const merged = (): AccountForm => mergeForms(formOf(before), form, formOf(theirs))
  return (
    <ConflictNote {...{ conflict, before }}>
      <Button onClick={() => rebase(formOf(theirs), theirs)}>{texts.loadTheirs}</Button>
      <Button onClick={() => rebase(merged(), theirs)}>{texts.keepMine}</Button>
    </ConflictNote>
  )
}
