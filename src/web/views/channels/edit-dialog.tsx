import { useState } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { type Channel, patchChannel } from './channel.ts'
import { DetailFields } from './channel-fields.tsx'
import { draftOf, patchOf, rebased } from './draft.ts'
import { useGuardedWrite } from './use-guarded-write.ts'

const { channels } = messages

export interface ChannelDialogProps {
  /** As the dialog was opened on it. */
  readonly channel: Channel
  /** It was written, or somebody else's is to be shown instead. `done` says what was done. */
  readonly onChanged: (channel: Channel, done?: string) => void
  readonly onGone: () => void
  readonly onClose: () => void
}

/** All that may change without an effect on where messages go. */
export function EditDialog({ channel, onChanged, onGone, onClose }: ChannelDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(channel))
  const write = useGuardedWrite(channel, async (seen) => {
    const patch = patchOf(draft, seen)
    if (Object.keys(patch).length === 0) onChanged(seen)
    else onChanged(await patchChannel(seen, patch), channels.edited)
  })
  return (
    <ChangeDialog
      {...{ title: channels.editTitle(channel.alias), verb: messages.shell.save, write, onClose, onGone }}
      {...{ mine: draft, fields: ['description', 'weight', 'monthlyCalls', 'labels'] }}
      onTakeTheirs={(theirs) => setDraft(draftOf(theirs))}
      onKeepMine={(theirs) => setDraft(rebased(draft, draftOf(write.seen), draftOf(theirs)))}
    >
      <DetailFields
        {...{ draft, problem: write.action.problem }}
        onChange={(part) => setDraft({ ...draft, ...part })}
      />
    </ChangeDialog>
  )
}
