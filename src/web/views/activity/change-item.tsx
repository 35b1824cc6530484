import { Link } from 'wouter-preact'
import { messages } from '../../messages/messages.ts'
import { printAge, printTime } from '../../messages/numbers.ts'
import type { Change } from './audit.ts'
import { fieldRows } from './field-rows.ts'
import { printValue } from './print-value.ts'
import { sentenceOf } from './sentence.ts'

const { activity: texts } = messages

/** One change: what happened, when and from where; the rest waits behind a line. */
export function ChangeItem({ change }: { change: Change }) {
  const { at, actor } = change
  const sentence = sentenceOf(change)
  return (
    <li class="card entry">
      <p class="sentence">{sentence}</p>
      <p class="hint">
        {at !== null && (
          <>
            <time dateTime={at} title={at}>
              {printAge(at)} · {printTime(at)}
            </time>{' '}
          </>
        )}
        {actor.address !== null && <>· {texts.from(actor.address)}</>}
      </p>
      <details>
        <summary>{texts.details}</summary>
        <div class="entry-details">
          <Fields {...{ change, sentence }} />
          <Facts {...{ change }} />
          <Ways {...{ change }} />
        </div>
      </details>
    </li>
  )
}

/** The changes, field by field. */
function Fields({ change: { changes }, sentence }: { change: Change; sentence: string }) {
  const rows = fieldRows(changes)
  if (rows.length === 0) return <p>{texts.noFields}</p>
  return (
    <table>
      <caption class="unseen">{texts.changesOf(sentence)}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.field}</th>
          <th scope="col">{texts.before}</th>
          <th scope="col">{texts.after}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ path, from, to }) => (
          <tr key={path}>
            <th scope="row" class="code">
              {path}
            </th>
            <td data-title={texts.before}>{printValue(from)}</td>
            <td data-title={texts.after}>{printValue(to)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Facts({ change: { id, actor, requestId, target } }: { change: Change }) {
  const facts: readonly (readonly [string, string | null])[] = [
    [texts.request, requestId],
    [texts.jti, actor.jti],
    [texts.target, `${target.kind} ${target.id}`],
    [texts.revision, id],
  ]
  return (
    <dl class="facts">
      {facts.map(([name, value]) => value !== null && <Fact key={name} {...{ name, value }} />)}
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class="code">{value}</dd>
    </>
  )
}

/** Where one goes from here. What was deleted cannot be opened. */
function Ways({ change: { action, target } }: { change: Change }) {
  const { kind, id } = target
  const isThere = !action.endsWith('.delete')
  return (
    <p class="actions">
      {isThere && kind === 'account' && (
        <Link href={`/accounts/${encodeURIComponent(id)}`}>{texts.openAccount}</Link>
      )}
      {isThere && kind === 'channel' && (
        <Link href={`/channels/${encodeURIComponent(id)}`}>{texts.openChannel}</Link>
      )}
      <Link href={`/activity?${new URLSearchParams({ kind, id }).toString()}`}>{texts.only}</Link>
    </p>
  )
}
