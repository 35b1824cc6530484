import { wrongField } from '../../api/wrong-field.ts'
import { useState } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { patchChannel } from './channel.ts'
import { LeadFields } from './channel-fields.tsx'
import { type Draft, changedFields, digitsOf, draftOf, patchOf, printField, rebased } from './draft.ts'
import type { ChannelDialogProps } from './edit-dialog.tsx'
import { useGuardedWrite } from './use-guarded-write.ts'

const { channels } = messages

/** Makes the alias lead to another number or account; what changes is shown before it is written. */
export function RePointDialog({ channel, onChanged, onGone, onClose }: ChannelDialogProps) {
  const [typed, setTyped] = useState(() => draftOf(channel))
  const draft = { ...typed, number: digitsOf(typed.number) }
  const write = useGuardedWrite(channel, async (seen) => {
    const patch = patchOf(draft, seen)
    if (Object.keys(patch).length === 0) throw wrongField('number', channels.leadsThere)
    const written = await patchChannel(seen, patch)
    onChanged(written, channels.rePointed(written.number, written.account))
  })
  return (
    <ChangeDialog
      {...{ title: channels.rePointTitle(channel.alias), verb: channels.rePoint, write, onClose, onGone }}
      {...{ mine: draft, fields: ['account', 'number'] }}
      onTakeTheirs={(theirs) => setTyped(draftOf(theirs))}
      onKeepMine={(theirs) => setTyped(rebased(draft, draftOf(write.seen), draftOf(theirs)))}
    >
      <LeadFields
        {...{ draft: typed, problem: write.action.problem }}
        onChange={(part) => setTyped({ ...typed, ...part })}
      />
      <WhatChanges alias={channel.alias} before={draftOf(write.seen)} after={draft} />
    </ChangeDialog>
  )
}

/** Old and new, in words. */
function WhatChanges({ alias, before, after }: { alias: string; before: Draft; after: Draft }) {
  const names = changedFields(after, before)
  return (
    <section class="what-changes" aria-live="polite">
      <h3>{channels.whatChanges}</h3>
      {names.length === 0 && <p class="faint">{channels.nothingChanges}</p>}
      <dl class="facts">
        {names.map((name) => (
          <div key={name}>
            <dt>{channels.fields[name]}</dt>
            <dd>
              <del>{printField(name, before)}</del> <span aria-hidden="true">→</span>{' '}
              <span class="unseen">{channels.becomes}</span> <ins>{printField(name, after)}</ins>
            </dd>
          </div>
        ))}
      </dl>
      {names.length > 0 && <p>{channels.effect(alias, after.number, after.account, before.number)}</p>}
    </section>
  )
}
