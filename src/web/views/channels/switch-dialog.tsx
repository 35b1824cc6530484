import { messages } from '../../messages/messages.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { patchChannel } from './channel.ts'
import { draftOf } from './draft.ts'
import type { ChannelDialogProps } from './edit-dialog.tsx'
import { useGuardedWrite } from './use-guarded-write.ts'

const { channels } = messages

/** Switches a channel off, or on again. */
export function SwitchDialog({ channel, onChanged, onGone, onClose }: ChannelDialogProps) {
  const enabled = !channel.enabled
  const write = useGuardedWrite(channel, async (seen) => {
    onChanged(await patchChannel(seen, { enabled }), enabled ? channels.switchedOn : channels.switchedOff)
  })
  const { alias } = channel
  return (
    <ChangeDialog
      {...(enabled
        ? { title: channels.switchOnTitle(alias), verb: channels.switchOn }
        : { title: channels.switchOffTitle(alias), verb: channels.switchOff, kind: 'danger' })}
      {...{ write, onClose, onGone, mine: { ...draftOf(write.seen), enabled } }}
      onTakeTheirs={(theirs) => onChanged(theirs)}
    >
      <p>{enabled ? channels.switchOnEffect : channels.switchOffEffect}</p>
    </ChangeDialog>
  )
}
