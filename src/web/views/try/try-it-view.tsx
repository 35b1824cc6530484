import { useId, useState } from 'preact/hooks'
import type { Problem } from '../../api/problem.ts'
import { useAction } from '../../hooks/use-action.ts'
import { useQuery } from '../../hooks/use-address.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { Loaded, View } from '../../parts/view.tsx'
import '../../styles/try.css'
import { ChannelSuggestions } from '../../parts/channel-suggestions.tsx'
import { ExplanationCard, type Explanations } from './explanation-card.tsx'
import { aboutOperation } from './number-way.ts'
import { type Operation, endpointOf, listOperations, pathParameters, shortPath } from './operations.ts'
import { draftOf, explain, questionOf } from './question.ts'
import { RequestFields } from './request-fields.tsx'

const { tryIt } = messages

/** Shows what Wati would get of a request; sends nothing. */
export function TryItView() {
  const operations = useResource(listOperations, [])
  return (
    <View title={tryIt.title}>
      <p>{tryIt.intro}</p>
      <p class="note good">{tryIt.nothingSent}</p>
      <Loaded of={operations}>
        {([first, ...others]) => first && <Trial operations={[first, ...others]} />}
      </Loaded>
    </View>
  )
}

/** The form, and below it the last answer. */
function Trial({ operations }: { operations: readonly [Operation, ...Operation[]] }) {
  const [query] = useQuery()
  const [channel, setChannel] = useState(query.get('channel') ?? '')
  const [draft, setDraft] = useState(draftOf(operations[0]))
  const [answered, setAnswered] = useState<Explanations & { readonly asked: string }>()
  const asked = JSON.stringify([channel, draft])
  const ask = useAction(async () => {
    const explanation = await explain(questionOf(channel, draft))
    setAnswered({ channel: channel.trim(), operation: draft.operation, explanation, asked })
  })
  const { problem } = ask
  const choose = (operation: Operation): void => {
    setDraft(draftOf(operation, draft.headers))
    ask.forget()
  }
  return (
    <>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault()
          void ask.run()
        }}
      >
        <h2>{tryIt.request}</h2>
        <ChannelField {...{ channel, onChannel: setChannel, problem }} />
        <OperationField {...{ operations, operation: draft.operation, onOperation: choose, problem }} />
        <RequestFields {...{ draft, problem }} change={(some) => setDraft({ ...draft, ...some })} />
        <ProblemNote problem={problem} fields={fieldsOf(draft.operation)} />
        <Button type="submit" kind="primary" isBusy={ask.isBusy}>
          {tryIt.explain}
        </Button>
      </form>
      {answered && <ExplanationCard {...answered} isStale={answered.asked !== asked} />}
    </>
  )
}

function fieldsOf(operation: Operation): string[] {
  return ['channel', 'method', 'path', 'body', 'headers', ...pathParameters(operation)]
}

interface ChannelFieldProps {
  readonly channel: string
  readonly onChannel: (channel: string) => void
  readonly problem: Problem | undefined
}

function ChannelField({ channel, onChannel, problem }: ChannelFieldProps) {
  const list = useId()
  return (
    <>
      <TextField
        {...{ label: tryIt.channel, name: 'channel', hint: tryIt.channelHint, problem, isRequired: true }}
        {...{ value: channel, onInput: onChannel, list, autoComplete: 'off', spellcheck: false }}
      />
      <ChannelSuggestions id={list} typed={channel} />
    </>
  )
}

interface OperationFieldProps {
  readonly operations: readonly Operation[]
  readonly operation: Operation
  readonly onOperation: (operation: Operation) => void
  readonly problem: Problem | undefined
}

function OperationField({ operations, operation, onOperation, problem }: OperationFieldProps) {
  const choose = (endpoint: string): void => {
    const chosen = operations.find((one) => endpointOf(one) === endpoint)
    if (chosen !== undefined) onOperation(chosen)
  }
  return (
    <SelectField
      {...{ label: tryIt.operation, name: 'method', hint: aboutOperation(operation), problem }}
      {...{ value: endpointOf(operation), options: operations.map(optionOf), onInput: choose }}
    />
  )
}

function optionOf(operation: Operation) {
  const { method, version } = operation
  const label = `${shortPath(operation)} · ${method}`
  return { value: endpointOf(operation), label, group: tryIt.group(version) }
}
