import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Account, ifStill } from './account.ts'
import { channelsOf } from './account-cards.tsx'
import { ConflictNote } from './conflict-note.tsx'
import { type AccountWrite, useAccountWrite } from './use-account-write.ts'

const { accounts: texts, shell } = messages

interface DeleteProps {
  readonly account: Account
  /** Somebody else changed the account: it is to be read again. */
  readonly onRead: () => void
}

/** The way to delete an account, at the end of all. */
export function DeleteCard({ account, onRead }: DeleteProps) {
  const [isAsking, setAsking] = useState(false)
  return (
    <section class="card delete-account">
      <h2>{texts.remove}</h2>
      <p class="hint">{texts.removeHint}</p>
      <p>
        <Button onClick={() => setAsking(true)}>{texts.removeAsk}</Button>
      </p>
      {isAsking && <DeleteDialog {...{ account, onRead }} onClose={() => setAsking(false)} />}
    </section>
  )
}

function DeleteDialog({ account, onRead, onClose }: DeleteProps & { onClose: () => void }) {
  const { id } = account
  const [before, setBefore] = useState(account)
  const [typed, setTyped] = useState('')
  const remove = useDelete(before, typed)
  const { problem, conflict } = remove
  const goOn = (theirs: Account): void => {
    setBefore(theirs)
    remove.settle()
    onRead()
  }
  return (
    <Dialog title={texts.removeTitle(id)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void remove.run()
        }}
      >
        <TextField
          {...{ label: texts.removeConfirm, name: 'id', value: typed, onInput: setTyped, problem }}
          {...{ autoComplete: 'off', spellcheck: false }}
        />
        <ProblemNote problem={problem} fields={['id']} />
        {problem?.status === 409 && <a href={channelsOf(id)}>{texts.showChannels}</a>}
        {conflict && (
          <ConflictNote {...{ conflict, before }}>
            <Button onClick={() => goOn(conflict.theirs)}>{texts.goOn}</Button>
          </ConflictNote>
        )}
        <Buttons {...{ onClose, remove }} />
      </form>
    </Dialog>
  )
}

function useDelete(before: Account, typed: string): AccountWrite<[]> {
  const { id } = before
  const [, navigate] = useLocation()
  return useAccountWrite(id, async () => {
    if (typed.trim() !== id) throw wrongField('id', texts.removeMismatch(id))
    const params = { path: { account: id }, header: ifStill(before) }
    await answer(api.DELETE('/v1/accounts/{account}', { params }))
    announce(texts.removed(id))
    navigate('/accounts')
  })
}

function Buttons({ remove, onClose }: { remove: AccountWrite<[]>; onClose: () => void }) {
  return (
    <div class="actions">
      <Button onClick={onClose}>{shell.cancel}</Button>
      <Button
        {...{ type: 'submit', kind: 'danger', isBusy: remove.isBusy }}
        isDisabled={remove.conflict !== undefined}
      >
        {shell.remove}
      </Button>
    </div>
  )
}
