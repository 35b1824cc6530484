import { Link } from 'wouter-preact'
import { answer, api } from '../../api/client.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded } from '../../parts/view.tsx'
import { StateBadge } from '../channels/state-badge.tsx'
import { type BusyChannel, readBusiestChannels } from './busiest-channels.ts'
import { REFRESH_MS } from './refresh.ts'

const { overview: texts } = messages

const COLUMNS: readonly Column<BusyChannel>[] = [
  {
    title: texts.channel,
    cell: ({ channel: { alias, description } }) => (
      <>
        <Link href={`/channels/${alias}`}>{alias}</Link>
        {description && <p class="description">{description}</p>}
      </>
    ),
  },
  { title: texts.number, cell: ({ channel }) => <span class="code">{channel.number}</span> },
  {
    title: texts.account,
    cell: ({ channel: { account } }) => <Link href={`/accounts/${account}`}>{account}</Link>,
  },
  { title: texts.state, cell: ({ channel }) => <StateBadge enabled={channel.enabled} /> },
]

const CALLS: Column<BusyChannel> = {
  title: texts.callsToday,
  cell: ({ calls }) => printCount(calls),
  isNumber: true,
}

/** The busiest channels of today. Without their counts, while the store is away, still the first of the list. */
export function ChannelsCard() {
  const channels = useResource(readBusiestChannels, [], REFRESH_MS)
  const count = useResource(readCount, [], REFRESH_MS)
  const all = count.data === undefined ? texts.allChannels : texts.allOfChannels(printCount(count.data))
  return (
    <section class="card" aria-labelledby="channels">
      <div class="card-header">
        <h2 id="channels">{texts.channels}</h2>
        <Link href="/channels">{all}</Link>
      </div>
      <Loaded of={channels}>
        {({ items, problem }) => (
          <>
            <ProblemNote {...{ problem }} />
            <Table
              {...{ items, columns: problem === undefined ? [...COLUMNS, CALLS] : COLUMNS }}
              {...{ caption: texts.channelsCaption, empty: texts.noChannels }}
              keyOf={({ channel }) => channel.alias}
            />
          </>
        )}
      </Loaded>
    </section>
  )
}

async function readCount(signal: AbortSignal): Promise<number> {
  return (await answer(api.GET('/v1/directory', { signal }))).body.channels
}
