import { Link } from 'wouter-preact'
import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import type { Channel } from './channel.ts'
import { StateBadge } from './state-badge.tsx'

const { channels, shell } = messages
const { fields } = channels

/** All that is known of a channel. */
export function ChannelFacts({ channel }: { channel: Channel }) {
  const { alias, account, number, enabled, description, weight, monthlyCalls, revision } = channel
  return (
    <section class="card">
      <h2>{channels.facts}</h2>
      <dl class="facts">
        <dt>{channels.state}</dt>
        <dd>
          <StateBadge enabled={enabled} />
        </dd>
        <dt>{fields.number}</dt>
        <dd>{number}</dd>
        <dt>{fields.account}</dt>
        <dd>
          <Link href={`/accounts/${account}`}>{account}</Link>
        </dd>
        <dt>{fields.description}</dt>
        <dd class="free-text">{description ? <bdi>{description}</bdi> : shell.none}</dd>
        <dt>{fields.weight}</dt>
        <dd>{weight === undefined ? channels.usualWeight : printCount(weight)}</dd>
        <dt>{fields.monthlyCalls}</dt>
        <dd>{monthlyCalls == null ? channels.noBudget : channels.calls(printCount(monthlyCalls))}</dd>
        <dt>{fields.labels}</dt>
        <dd>
          <Labels labels={channel.labels ?? {}} />
        </dd>
        <dt>{channels.revision}</dt>
        <dd>{printCount(revision)}</dd>
      </dl>
      <div class="actions">
        <Link class="button" href={`/try?channel=${alias}`}>
          {channels.tryIt}
        </Link>
        <Link class="button" href={`/activity?kind=channel&id=${alias}`}>
          {channels.activity}
        </Link>
      </div>
    </section>
  )
}

function Labels({ labels }: { labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels)
  if (entries.length === 0) return <>{shell.none}</>
  return (
    <ul class="labels">
      {entries.map(([key, value]) => (
        <li key={key}>
          <bdi>{key}</bdi>: <bdi>{value}</bdi>
        </li>
      ))}
    </ul>
  )
}
