import { useState } from 'preact/hooks'
import { Problem } from '../api/problem.ts'
import { type Session, signIn } from '../api/session.ts'
import { wrongField } from '../api/wrong-field.ts'
import { useAction } from '../hooks/use-action.ts'
import { messages } from '../messages/messages.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'

const { shell } = messages

interface SignInProps {
  /** There was a session, and it is over. */
  readonly hasEnded: boolean
  readonly onSignedIn: (session: Session) => void
}

/** The way in: a token, which is exchanged for a session and forgotten. */
export function SignIn({ hasEnded, onSignedIn }: SignInProps) {
  const [token, setToken] = useState('')
  const enter = useAction(async () => {
    // What no header can carry is no token, and the browser would refuse it in words of its own.
    if (!/^[\x21-\x7e]+$/.test(token.trim())) throw wrongField('token', shell.tokenMissing)
    try {
      onSignedIn(await signIn(token.trim()))
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 0) throw error
      throw wrongField('token', `${shell.tokenRejected} ${error.message}`)
    }
  })
  return (
    <main class="sign-in">
      <h1>{shell.product}</h1>
      {hasEnded && (
        <p class="note warning" role="status">
          {shell.sessionEnded}
        </p>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void enter.run()
        }}
      >
        <TextField
          {...{ label: shell.token, name: 'token', hint: shell.signInHint, problem: enter.problem }}
          {...{ type: 'password', autoComplete: 'off', value: token, onInput: setToken }}
        />
        <ProblemNote problem={enter.problem} fields={['token']} />
        <Button type="submit" kind="primary" isBusy={enter.isBusy}>
          {shell.signIn}
        </Button>
      </form>
    </main>
  )
}
