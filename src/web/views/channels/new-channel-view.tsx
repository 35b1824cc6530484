import '../../styles/channels.css'
import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { useSession } from '../../api/session.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { CheckField, TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { View } from '../../parts/view.tsx'
import { type Channel, createChannel } from './channel.ts'
import { DetailFields, LeadFields } from './channel-fields.tsx'
import type { CreatedState } from './channel-view.tsx'
import { type Draft, EMPTY_DRAFT, FIELDS, newChannelOf } from './draft.ts'

const { channels, shell } = messages

/** The form for a new channel. */
export function NewChannelView() {
  const { canWrite } = useSession()
  return <View title={channels.newTitle}>{canWrite ? <NewChannelForm /> : <p>{shell.readOnlyHint}</p>}</View>
}

function NewChannelForm() {
  const [, navigate] = useLocation()
  const [alias, setAlias] = useState('')
  const [draft, setDraft] = useState(EMPTY_DRAFT)
  const create = useAction(async () => {
    const { revision } = await createFrom(alias.trim(), draft)
    const state: CreatedState = { created: revision }
    navigate(`/channels/${alias.trim()}`, { state })
  })
  const { problem } = create
  const change = (part: Partial<Draft>): void => setDraft({ ...draft, ...part })
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault()
        void create.run()
      }}
    >
      <TextField
        {...{ label: channels.alias, name: 'alias', value: alias, hint: channels.hints.alias, problem }}
        {...{ isRequired: true, autoComplete: 'off', spellcheck: false, maxLength: 63, onInput: setAlias }}
      />
      <LeadFields {...{ draft, problem, onChange: change }} />
      <DetailFields {...{ draft, problem, onChange: change }} />
      <CheckField
        {...{ label: channels.enabledLabel, name: 'enabled', hint: channels.hints.enabled }}
        isChecked={draft.enabled}
        onInput={(enabled) => change({ enabled })}
      />
      <ProblemNote problem={problem} fields={['alias', ...FIELDS]} />
      <FormActions isBusy={create.isBusy} />
    </form>
  )
}

/** Throws a `Problem` about the field that is wrong. */
async function createFrom(alias: string, draft: Draft): Promise<Channel> {
  if (alias === '') throw wrongField('alias', channels.aliasMissing)
  const channel = await createChannel(alias, newChannelOf(draft))
  if (channel === undefined) throw wrongField('alias', channels.aliasTaken(alias))
  return channel
}

function FormActions({ isBusy }: { isBusy: boolean }) {
  return (
    <div class="actions">
      <Button {...{ type: 'submit', kind: 'primary', isBusy }}>{channels.create}</Button>
      <Link class="button" href="/channels">
        {shell.cancel}
      </Link>
    </div>
  )
}
