import { useState } from 'preact/hooks'
import { answer, api } from '../../api/client.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Account, ifStill } from './account.ts'
import { ConflictNote } from './conflict-note.tsx'
import { type AccountWrite, useAccountWrite } from './use-account-write.ts'

const { accounts: texts, shell } = messages

interface RotateTokenProps {
  readonly account: Account
  readonly onWritten: (account: Account) => void
  /** Somebody else changed the account: it is to be read again. */
  readonly onRead: () => void
  readonly onClose: () => void
}

type Verify = 'verify' | 'untried'

/** Asks for a new token, and writes it once Wati takes it. The token lives in this dialog alone. */
export function RotateToken({ account, onWritten, onRead, onClose }: RotateTokenProps) {
  const [before, setBefore] = useState(account)
  const [token, setToken] = useState('')
  const [expiresAt, setExpiresAt] = useState('')
  const rotate = useAccountWrite(account.id, async (verify: Verify) => {
    const written = await writeToken(before, token, expiresAt, verify)
    announce(texts.rotated(account.id))
    onWritten(written)
    onClose()
  })
  const goOn = (theirs: Account): void => {
    setBefore(theirs)
    rotate.settle()
    onRead()
  }
  return (
    <Dialog title={texts.rotateTitle(account.id)} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void rotate.run('verify')
        }}
      >
        <p>{texts.rotateHint}</p>
        {account.tokenFrom !== undefined && <p>{texts.rotateFromElsewhere}</p>}
        <TokenFields {...{ token, setToken, expiresAt, setExpiresAt, problem: rotate.problem }} />
        <p role="status" class="hint">
          {rotate.isBusy && texts.asking}
        </p>
        <Refused {...{ rotate, before, goOn }} />
        <div class="actions">
          <Button onClick={onClose}>{shell.cancel}</Button>
          <Button type="submit" kind="primary" isBusy={rotate.isBusy}>
            {texts.write}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

async function writeToken(
  before: Account,
  token: string,
  expiresAt: string,
  verify: Verify,
): Promise<Account> {
  if (token.trim() === '') throw wrongField('token', texts.newTokenMissing)
  const params = {
    path: { account: before.id },
    header: ifStill(before),
    ...(verify === 'untried' && { query: { verify: 'false' } as const }),
  }
  // The field tells the time of the admin's own clock, or nothing.
  const ends = expiresAt === '' ? {} : { expiresAt: new Date(expiresAt).toISOString() }
  const body = { token, ...ends }
  return (await answer(api.PUT('/v1/accounts/{account}/token', { params, body }))).body
}

interface TokenFieldsProps {
  readonly token: string
  readonly setToken: (token: string) => void
  readonly expiresAt: string
  readonly setExpiresAt: (expiresAt: string) => void
  readonly problem: AccountWrite<[]>['problem']
}

function TokenFields({ token, setToken, expiresAt, setExpiresAt, problem }: TokenFieldsProps) {
  return (
    <>
      <TextField
        {...{ label: texts.newToken, name: 'token', hint: texts.pastedHint, isRequired: true, problem }}
        {...{ type: 'password', autoComplete: 'off', spellcheck: false, value: token, onInput: setToken }}
      />
      <TextField
        {...{ label: texts.expiresAt, name: 'expiresAt', hint: texts.expiresAtHint, problem }}
        {...{ type: 'datetime-local', value: expiresAt, onInput: setExpiresAt }}
      />
    </>
  )
}

interface RefusedProps {
  readonly rotate: AccountWrite<[Verify]>
  readonly before: Account
  readonly goOn: (theirs: Account) => void
}

/** Why it was not written, and what can be done: by Wati, by the gateway, or for another admin. */
function Refused({ rotate, before, goOn }: RefusedProps) {
  const { problem, conflict, isBusy } = rotate
  if (conflict !== undefined)
    return (
      <ConflictNote {...{ conflict, before }}>
        <Button onClick={() => goOn(conflict.theirs)}>{texts.goOn}</Button>
      </ConflictNote>
    )
  if (problem?.problem.startsWith('wati-') !== true)
    return <ProblemNote problem={problem} fields={['token', 'expiresAt']} />
  return (
    <div class="note warning" role="alert">
      <p>
        <strong>{texts.untried}</strong>
      </p>
      <p>{problem.message}</p>
      <p>{texts.untriedHint}</p>
      <Button isBusy={isBusy} onClick={() => rotate.run('untried')}>
        {texts.writeUntried}
      </Button>
    </div>
  )
}
