import '../../styles/channels.css'
import { Link } from 'wouter-preact'
import { useSession } from '../../api/session.ts'
import { usePages } from '../../hooks/use-pages.ts'
import { messages } from '../../messages/messages.ts'
import { Pager } from '../../parts/pager.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded, View } from '../../parts/view.tsx'
import { type Channel, PAGE_LENGTH, listChannels } from './channel.ts'
import { ChannelFilters, useFilters } from './channel-filters.tsx'
import { StateBadge } from './state-badge.tsx'

const { channels, shell } = messages
const { fields } = channels

const COLUMNS: Column<Channel>[] = [
  { title: channels.alias, cell: ({ alias }) => <Link href={`/channels/${alias}`}>{alias}</Link> },
  { title: fields.number, cell: ({ number }) => number },
  { title: fields.account, cell: ({ account }) => <Link href={`/accounts/${account}`}>{account}</Link> },
  { title: channels.state, cell: ({ enabled }) => <StateBadge enabled={enabled} /> },
  { title: fields.description, cell: ({ description }) => <Description text={description} /> },
]

/** All channels, fifty at a time: the gateway searches, the page never holds more than it shows. */
export function ChannelsView() {
  const { canWrite } = useSession()
  const [filters, setFilters] = useFilters()
  const { q, account, enabled } = filters
  const pages = usePages(
    (cursor, signal) => listChannels(filters, cursor, signal),
    [q, account, enabled],
    PAGE_LENGTH,
    'channels',
  )
  const isFiltered = q !== '' || account !== '' || enabled !== ''
  const create = canWrite && (
    <Link class="button primary" href="/channels/-/new">
      {channels.newTitle}
    </Link>
  )
  const count = pages.isLoading ? shell.loading : channels.shown(pages.data?.length ?? 0)
  return (
    <View title={channels.title} actions={create}>
      <ChannelFilters filters={filters} onChange={setFilters} />
      <p class="unseen" role="status">
        {count}
      </p>
      <Loaded of={pages}>
        {(items) => (
          <div class="found" aria-busy={pages.isLoading}>
            <Table
              {...{ caption: channels.title, items, columns: COLUMNS, keyOf: ({ alias }: Channel) => alias }}
              empty={isFiltered ? shell.nothingFound : channels.noneYet}
            />
          </div>
        )}
      </Loaded>
      <Pager pages={pages} />
    </View>
  )
}

/** Whatever somebody wrote there: it neither leaves its place nor turns the text around it. */
function Description({ text }: { text: string | undefined }) {
  if (text === undefined || text === '') return <span class="faint">{shell.none}</span>
  return (
    <span class="clamped" title={text}>
      <bdi>{text}</bdi>
    </span>
  )
}
