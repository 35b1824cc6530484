import type { ComponentChildren } from 'preact'
import { Link, useLocation } from 'wouter-preact'
import { signOut, useSession } from '../api/session.ts'
import { useAction } from '../hooks/use-action.ts'
import { messages } from '../messages/messages.ts'
import { printAge } from '../messages/numbers.ts'
import { Badge } from '../parts/badge.tsx'
import { Button } from '../parts/button.tsx'
import { ProblemNote } from '../parts/problem-note.tsx'

const { shell, ...views } = messages

const PLACES = [
  ['/', views.overview.title],
  ['/channels', views.channels.title],
  ['/accounts', views.accounts.title],
  ['/callers', views.callers.title],
  ['/try', views.tryIt.title],
  ['/activity', views.activity.title],
] as const

/** What stands around every view: where one can go, who is signed in. */
export function Shell({ onSignedOut, children }: { onSignedOut: () => void; children: ComponentChildren }) {
  const skip = (event: Event): void => {
    // The address belongs to the views, so the link cannot lead there by itself.
    event.preventDefault()
    document.querySelector<HTMLElement>('h1')?.focus()
  }
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={skip}>
        {shell.skip}
      </a>
      <header class="top">
        <p class="product">{shell.product}</p>
        <Navigation />
        <Identity onSignedOut={onSignedOut} />
      </header>
      <main id="content">{children}</main>
    </div>
  )
}

function Navigation() {
  const [location] = useLocation()
  return (
    <nav class="places" aria-label={shell.navigation}>
      <ul>
        {PLACES.map(([path, title]) => {
          const isHere = path === '/' ? location === '/' : location.startsWith(path)
          return (
            <li key={path}>
              <Link href={path} aria-current={isHere ? 'page' : undefined}>
                {title}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

function Identity({ onSignedOut }: { onSignedOut: () => void }) {
  const { sub, canWrite, expiresAt } = useSession()
  const leave = useAction(async () => {
    await signOut()
    onSignedOut()
  })
  return (
    <div class="identity">
      <p title={shell.sessionEnds(printAge(expiresAt))}>{shell.signedInAs(sub)}</p>
      {!canWrite && (
        <p title={shell.readOnlyHint}>
          <Badge tone="quiet">{shell.readOnly}</Badge>
        </p>
      )}
      <Button onClick={leave.run} isBusy={leave.isBusy}>
        {shell.signOut}
      </Button>
      <ProblemNote problem={leave.problem} />
    </div>
  )
}
