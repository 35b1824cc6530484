import '../../styles/channels.css'
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { useSession } from '../../api/session.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { InForceCard } from '../../parts/in-force.tsx'
import { Loaded, View } from '../../parts/view.tsx'
import { type Channel, readChannel } from './channel.ts'
import { ChannelFacts } from './channel-facts.tsx'
import { CheckCard } from './check-card.tsx'
import { CurlCard } from './curl-card.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { EditDialog } from './edit-dialog.tsx'
import { RePointDialog } from './re-point-dialog.tsx'
import { SwitchDialog } from './switch-dialog.tsx'

const { channels, shell } = messages

const DIALOGS = { edit: EditDialog, rePoint: RePointDialog, switch: SwitchDialog, delete: DeleteDialog }
type Opened = keyof typeof DIALOGS

/** A change that was just made, to be followed to the replicas. */
interface Made {
  readonly revision: number
  readonly done: string
}

/** One channel, and what can be done with it. */
export function ChannelView({ alias }: { alias: string }) {
  const [, navigate] = useLocation()
  const { canWrite } = useSession()
  const loaded = useResource((signal) => readChannel(alias, signal), [alias])
  const [written, setWritten] = useState<Channel>()
  const [opened, setOpened] = useState<Opened>()
  const [made, setMade] = useState(justCreated)
  useEffect(forgetCreated, [])
  const channel = newest(loaded.data, written)
  const changed = (channel: Channel, done?: string): void => {
    setOpened(undefined)
    setWritten(channel)
    if (done !== undefined) setMade({ revision: channel.revision, done })
  }
  const OpenDialog = opened && DIALOGS[opened]
  const close = (): void => setOpened(undefined)
  const actions = canWrite && channel !== undefined && <Actions channel={channel} onOpen={setOpened} />
  return (
    <View title={alias} actions={actions}>
      {made && <InForceCard key={made.revision} {...made} onClose={() => setMade(undefined)} />}
      <Loaded of={{ ...loaded, data: channel }}>{(channel) => <Cards channel={channel} />}</Loaded>
      {OpenDialog && channel && (
        <OpenDialog
          {...{ channel, onChanged: changed, onGone: () => navigate('/channels'), onClose: close }}
        />
      )}
    </View>
  )
}

function Actions({ channel, onOpen }: { channel: Channel; onOpen: (opened: Opened) => void }) {
  return (
    <>
      <Button onClick={() => onOpen('edit')}>{shell.edit}</Button>
      <Button onClick={() => onOpen('rePoint')}>{channels.rePoint}</Button>
      <Button onClick={() => onOpen('switch')}>
        {channel.enabled ? channels.switchOff : channels.switchOn}
      </Button>
      <Button onClick={() => onOpen('delete')}>{shell.remove}</Button>
    </>
  )
}

function Cards({ channel }: { channel: Channel }) {
  return (
    <div class="cards channel">
      <ChannelFacts channel={channel} />
      <div class="stack">
        {/* What was found of an older record says nothing of this one. */}
        <CheckCard key={channel.revision} alias={channel.alias} />
        <CurlCard alias={channel.alias} />
      </div>
    </div>
  )
}

/** What was written is newer than what was read before, and older than what is read later. */
function newest(read: Channel | undefined, written: Channel | undefined): Channel | undefined {
  if (read === undefined || written === undefined) return read ?? written
  return written.revision > read.revision ? written : read
}

/** Whoever makes a channel leaves in the history that it is new. */
export interface CreatedState {
  readonly created: number
}

function justCreated(): Made | undefined {
  const created = (history.state as Partial<CreatedState> | null)?.created
  return created === undefined ? undefined : { revision: created, done: channels.created }
}

/** A reload shows the channel as any other. */
function forgetCreated(): void {
  if (justCreated() !== undefined) history.replaceState(null, '')
}
