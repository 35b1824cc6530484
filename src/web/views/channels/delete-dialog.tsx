import { wrongField } from '../../api/wrong-field.ts'
import { useState } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { TextField } from '../../parts/field.tsx'
import { ChangeDialog } from './change-dialog.tsx'
import { deleteChannel } from './channel.ts'
import type { ChannelDialogProps } from './edit-dialog.tsx'
import { useGuardedWrite } from './use-guarded-write.ts'

const { channels } = messages

/** Deletes a channel once its alias was typed. */
export function DeleteDialog({ channel, onChanged, onGone, onClose }: ChannelDialogProps) {
  const { alias } = channel
  const [typed, setTyped] = useState('')
  const write = useGuardedWrite(channel, async (seen) => {
    if (typed.trim() !== alias) throw wrongField('alias', channels.typeExactly(alias))
    const applied = await deleteChannel(seen)
    announce(channels.deleted(alias, applied))
    onGone()
  })
  return (
    <ChangeDialog
      {...{
        title: channels.deleteTitle(alias),
        verb: channels.deleteIt,
        kind: 'danger',
        write,
        onClose,
        onGone,
      }}
      fields={['alias']}
      onTakeTheirs={(theirs) => onChanged(theirs)}
    >
      <p>{channels.deleteEffect(channel.number)}</p>
      <TextField
        {...{ label: channels.typeAlias(alias), name: 'alias', value: typed, problem: write.action.problem }}
        {...{ autoComplete: 'off', spellcheck: false, onInput: setTyped }}
      />
    </ChangeDialog>
  )
}
