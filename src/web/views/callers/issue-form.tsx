import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Problem } from '../../api/problem.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { ChannelSuggestions } from '../../parts/channel-suggestions.tsx'
import { GrantsField } from './grants-field.tsx'
import { splitGrants, wrongGrant } from './grants.ts'
import { type Life, LifeField, USUAL_LIFE, secondsOf } from './life-field.tsx'
import { SCOPES, type Scope, ScopesField, isForAdmins } from './scopes-field.tsx'
import { type IssuedToken, type TokenOrder, issueToken } from './tokens.ts'

const { issue } = messages.callers

const FIELDS = ['sub', 'channels', 'scope', 'expiresIn', 'channel']

interface Draft {
  readonly sub: string
  readonly grants: readonly string[]
  /** Typed, and not added yet: it counts, too. */
  readonly typed: string
  readonly scopes: ReadonlySet<Scope>
  readonly life: Life
  readonly channel: string
}

const EMPTY: Draft = { sub: '', grants: [], typed: '', scopes: new Set(), life: USUAL_LIFE, channel: '' }

interface IssueFormProps {
  readonly onIssued: (token: IssuedToken) => void
  readonly onCancel: () => void
}

/** What a new token is to open. */
export function IssueForm({ onIssued, onCancel }: IssueFormProps) {
  const [draft, setDraft] = useState(EMPTY)
  const change = (some: Partial<Draft>): void => setDraft((before) => ({ ...before, ...some }))
  const submit = useAction(async () => onIssued(await issueToken(orderOf(draft)).catch(inOurWords)))
  const place = useRef<HTMLElement>(null)
  useEffect(() => place.current?.querySelector('input')?.focus(), [])
  return (
    <section class="card" aria-labelledby="issue-token" ref={place}>
      <h2 id="issue-token">{issue.title}</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit.run()
        }}
      >
        <IssueFields {...{ draft, change, problem: submit.problem }} />
        <ProblemNote problem={submit.problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" kind="primary" isBusy={submit.isBusy}>
            {issue.submit}
          </Button>
          <Button onClick={onCancel}>{messages.shell.cancel}</Button>
        </div>
      </form>
    </section>
  )
}

interface IssueFieldsProps {
  readonly draft: Draft
  readonly change: (some: Partial<Draft>) => void
  readonly problem: Problem | undefined
}

function IssueFields({ draft, change, problem }: IssueFieldsProps) {
  const list = useId()
  return (
    <>
      <TextField
        {...{ label: issue.sub, name: 'sub', hint: issue.subHint, problem, isRequired: true, maxLength: 200 }}
        {...{ value: draft.sub, onInput: (sub) => change({ sub }), autoComplete: 'off', spellcheck: false }}
      />
      <GrantsField
        {...{ grants: draft.grants, typed: draft.typed, problem }}
        onGrants={(grants) => change({ grants })}
        onTyped={(typed) => change({ typed })}
      />
      <ScopesField {...{ chosen: draft.scopes, problem }} onChosen={(scopes) => change({ scopes })} />
      <LifeField {...{ life: draft.life, problem }} onLife={(life) => change({ life })} />
      <TextField
        {...{ label: issue.channel, name: 'channel', hint: issue.channelHint, problem, list }}
        {...{ value: draft.channel, onInput: (channel) => change({ channel }) }}
        {...{ autoComplete: 'off', spellcheck: false }}
      />
      <ChannelSuggestions id={list} typed={draft.channel} />
    </>
  )
}

/** What the gateway is asked for. Throws a `Problem` with the first field that is wrong. */
function orderOf({ sub, grants, typed, scopes, life, channel }: Draft): TokenOrder {
  const channels = [...new Set([...grants, ...splitGrants(typed)])]
  const expiresIn = secondsOf(life)
  const chosen = SCOPES.filter((scope) => scopes.has(scope))
  const wrong = grants.includes('*') ? undefined : wrongGrant(channels)
  if (sub.trim() === '') throw wrongField('sub', issue.subMissing)
  if (wrong !== undefined) throw wrongField('channels', issue.grantWrong(wrong))
  if (chosen.length === 0) throw wrongField('scope', issue.scopesMissing)
  if (channels.length === 0 && !chosen.every(isForAdmins)) throw wrongField('channels', issue.channelsMissing)
  if (expiresIn === undefined) throw wrongField('expiresIn', issue.daysWrong)
  const ofDefault = channel.trim() === '' ? {} : { channel: channel.trim() }
  return { sub: sub.trim(), channels, scope: chosen.join(' '), expiresIn, ...ofDefault }
}

/** A gateway that cannot sign is no mistake of whoever fills in the form. */
function inOurWords(error: unknown): never {
  if (error instanceof Problem && error.status === 409) throw new Problem(error.problem, 409, issue.noSecret)
  throw error
}
