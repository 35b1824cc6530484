import { Link } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { Badge } from '../../parts/badge.tsx'
import { Loaded } from '../../parts/view.tsx'
import { REFRESH_MS } from './refresh.ts'

const { overview: texts } = messages

type Trouble = paths['/v1/troubles']['get']['responses'][200]['content']['application/json']['items'][number]

/** So many are seen at once; the others wait behind a line. */
const SHOWN = 5

/** What is wrong now, in words, the worst first as the gateway orders them. */
export function TroublesSection() {
  const troubles = useResource(
    async (signal) => (await answer(api.GET('/v1/troubles', { signal }))).body.items,
    [],
    REFRESH_MS,
  )
  return (
    <section class="troubles" aria-labelledby="troubles">
      <h2 id="troubles">{texts.troubles}</h2>
      <Loaded of={troubles}>
        {(items) => (
          <div class="troubles" aria-live="polite">
            <Troubles items={items} />
          </div>
        )}
      </Loaded>
    </section>
  )
}

function Troubles({ items }: { items: readonly Trouble[] }) {
  if (items.length === 0) return <p class="note good">{texts.allWell}</p>
  const [first, others] = [items.slice(0, SHOWN), items.slice(SHOWN)]
  return (
    <>
      <TroubleList items={first} />
      {others.length > 0 && (
        <details>
          <summary>{texts.moreTroubles(others.length)}</summary>
          <TroubleList items={others} />
        </details>
      )}
    </>
  )
}

function TroubleList({ items }: { items: readonly Trouble[] }) {
  return (
    <ul class="troubles">
      {items.map((trouble) => (
        <TroubleNote key={keyOf(trouble)} {...{ trouble }} />
      ))}
    </ul>
  )
}

/** One trouble is said once, however often it is loaded: some count the seconds in their text. */
function keyOf({ name, target }: Trouble): string {
  return `${name} ${target?.kind ?? ''} ${target?.id ?? ''}`
}

function TroubleNote({ trouble: { level, name, text, target } }: { trouble: Trouble }) {
  const title = texts.troubleTitles[name]
  return (
    <li class={`note ${level}`}>
      <div>
        <p>
          <Badge tone={level === 'error' ? 'bad' : 'warning'}>{texts.levels[level]}</Badge>{' '}
          {title && <strong>{title}</strong>}
        </p>
        {/* The gateway speaks English, whatever the page does. */}
        <p lang="en">{text}</p>
      </div>
      {target?.kind === 'account' && (
        <Link href={`/accounts/${encodeURIComponent(target.id)}`}>{texts.openAccount(target.id)}</Link>
      )}
      {target?.kind === 'channel' && (
        <Link href={`/channels/${encodeURIComponent(target.id)}`}>{texts.openChannel(target.id)}</Link>
      )}
    </li>
  )
}
