import { useEffect, useState } from 'preact/hooks'
import { Router } from 'wouter-preact'
import { SIGNED_OUT } from './api/client.ts'
import { Problem, toProblem } from './api/problem.ts'
import { type Session, SessionProvider, currentSession } from './api/session.ts'
import { useAddress } from './hooks/use-address.ts'
import { messages } from './messages/messages.ts'
import { Announcements } from './parts/announcement.tsx'
import { ProblemNote } from './parts/problem-note.tsx'
import { Routes } from './routes.tsx'
import { Shell } from './shell/shell.tsx'
import { SignIn } from './shell/sign-in.tsx'

type State = 'asking' | 'signed-out' | 'ended' | Problem | Session

/** The page: whoever is not signed in sees nothing but the way in. */
export function App() {
  const [state, setState] = useState<State>('asking')
  const ask = (): void => {
    currentSession().then(setState, (error: unknown) => {
      const problem = toProblem(error)
      setState(problem.status === 401 ? 'signed-out' : problem)
    })
  }
  useEffect(ask, [])
  useEffect(() => {
    // A session that ends while somebody works must not take away what they have typed without a word.
    const end = (): void => setState((before) => (isSession(before) ? 'ended' : before))
    window.addEventListener(SIGNED_OUT, end)
    return () => window.removeEventListener(SIGNED_OUT, end)
  }, [])
  return (
    <>
      {stateView(state, setState, ask)}
      <Announcements />
    </>
  )
}

function stateView(state: State, setState: (state: State) => void, ask: () => void) {
  if (state === 'asking') {
    return (
      <p class="loading" role="status">
        {messages.shell.loading}
      </p>
    )
  }
  if (state instanceof Problem) return <ProblemNote problem={state} onRetry={ask} />
  if (!isSession(state)) return <SignIn hasEnded={state === 'ended'} onSignedIn={setState} />
  return (
    <SessionProvider value={state}>
      <Router hook={useAddress}>
        <Shell onSignedOut={() => setState('signed-out')}>
          <Routes />
        </Shell>
      </Router>
    </SessionProvider>
  )
}

function isSession(state: State): state is Session {
  return typeof state === 'object' && !(state instanceof Problem)
}
