import { useState } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Check, checkChannel } from './channel.ts'

const { channels } = messages

/** Asks Wati whether the channel works, and tells each answer in words. */
export function CheckCard({ alias }: { alias: string }) {
  const { canWrite } = useSession()
  const [found, setFound] = useState<{ ok: boolean; checks: readonly Check[] }>()
  const check = useAction(async () => {
    setFound(undefined)
    setFound(await checkChannel(alias))
  })
  if (!canWrite) return null
  return (
    <section class="card">
      <div class="card-header">
        <h2>{channels.checkTitle}</h2>
        <Button onClick={check.run} isBusy={check.isBusy}>
          {channels.check}
        </Button>
      </div>
      <p class="faint">{channels.checkHint}</p>
      <ProblemNote problem={check.problem} />
      <div role="status" class="form">
        {found && <p>{found.ok ? channels.checkGood : channels.checkBad}</p>}
        {found && <Checks checks={found.checks} />}
      </div>
    </section>
  )
}

function Checks({ checks }: { checks: readonly Check[] }) {
  return (
    <ul class="checks">
      {checks.map(({ name, ok, detail }) => (
        <li key={name}>
          <Badge tone={ok ? 'good' : 'bad'}>{ok ? channels.passed : channels.failed}</Badge>
          <p>
            <strong>{channels.checks[name]}</strong> {detail}
          </p>
        </li>
      ))}
    </ul>
  )
}
