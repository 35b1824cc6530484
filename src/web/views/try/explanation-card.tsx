import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { Marked } from './marked.tsx'
import { type Change, type Explained, type Span, marksInBody, marksInUrl } from './marks.ts'
import type { Operation } from './operations.ts'
import type { Explanation } from './question.ts'

const { tryIt } = messages

/** What was asked, and what the gateway made of it. */
export interface Explanations {
  readonly channel: string
  readonly operation: Operation
  readonly explanation: Explanation
}

interface ExplanationCardProps extends Explanations {
  /** What was asked is no longer what stands in the form. */
  readonly isStale: boolean
}

/** The request that Wati would get, or the refusal. Its heading gets the focus when it comes. */
export function ExplanationCard({ channel, operation, explanation, isStale }: ExplanationCardProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [explanation])
  const isRefusal = 'refusal' in explanation
  return (
    <section class="card try-answer" aria-labelledby="explanation">
      <h2 id="explanation" ref={heading} tabIndex={-1}>
        {isRefusal ? tryIt.refused : tryIt.sent}
      </h2>
      <p role="status" class={isStale ? 'note warning' : 'unseen'}>
        {isStale && tryIt.stale}
      </p>
      {isRefusal ? (
        <Refusal refusal={explanation.refusal} />
      ) : (
        <SentRequest {...{ explained: explanation, operation, channel }} />
      )}
    </section>
  )
}

function Refusal({ refusal }: { refusal: Readonly<Record<string, unknown>> }) {
  const { type, title, status, detail } = refusal
  const name = String(type).slice(String(type).lastIndexOf(':') + 1)
  return (
    <>
      <div class="note error">
        <h3>{tryIt.status(Number(status), String(title))}</h3>
        <p>{String(detail)}</p>
      </div>
      <dl class="facts">
        <dt>{tryIt.problem}</dt>
        <dd>
          <code>{name}</code>
        </dd>
      </dl>
      <p>{tryIt.refusedHint}</p>
    </>
  )
}

interface SentRequestProps {
  readonly explained: Explained
  readonly operation: Operation
  readonly channel: string
}

function SentRequest({ explained, operation, channel }: SentRequestProps) {
  const { request, changes } = explained
  const { method, url, body, bodyEncoding } = request
  const address = `${method} ${url}`
  const urlAt = address.length - url.length
  return (
    <>
      <p class="faint">{tryIt.assumed(channel)}</p>
      <Part title={tryIt.changes}>
        <Changes changes={changes} />
      </Part>
      <Part title={tryIt.address}>
        <pre class="try-address">
          <Marked text={address} spans={moved(marksInUrl(explained, operation), urlAt)} />
        </pre>
      </Part>
      <Part title={tryIt.sentHeaders}>
        <pre class="try-headers">
          <Headers {...explained} />
        </pre>
      </Part>
      <Part title={tryIt.sentBody}>
        {bodyEncoding !== undefined && <p>{tryIt.base64}</p>}
        {body === '' ? (
          <p class="faint">{tryIt.noBody}</p>
        ) : (
          <pre class="try-body" tabIndex={0} role="region" aria-label={tryIt.sentBody}>
            <Marked text={body} spans={marksInBody(explained, operation)} />
          </pre>
        )}
      </Part>
    </>
  )
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="try-part">
      <h3>{title}</h3>
      {children}
    </div>
  )
}

function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="faint">{tryIt.noChanges}</p>
  return (
    <>
      <ul class="try-changes">
        {changes.map((change, at) => (
          <li key={at}>{sentenceOf(change)}</li>
        ))}
      </ul>
      <p class="faint">{tryIt.marked}</p>
    </>
  )
}

function sentenceOf({ where, name, action, value = '' }: Change): string {
  if (where === 'header' && name === 'authorization' && action === 'set') return tryIt.authorization
  return tryIt.change[where][action](name, value)
}

/** A line for each; those that the gateway wrote are marked. */
function Headers({ request, changes }: Explained) {
  const isSet = (line: string): boolean =>
    changes.some(
      ({ where, action, name }) => where === 'header' && action === 'set' && line.startsWith(`${name}: `),
    )
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  const starts = lines.map((_, at) => lines.slice(0, at).join('\n').length + Math.min(at, 1))
  const spans = lines.flatMap((line, at): Span[] => {
    const start = starts[at] ?? 0
    return isSet(line) ? [[start, start + line.length]] : []
  })
  return <Marked text={lines.join('\n')} spans={spans} />
}

function moved(spans: readonly Span[], by: number): Span[] {
  return spans.map(([start, end]) => [start + by, end + by])
}
