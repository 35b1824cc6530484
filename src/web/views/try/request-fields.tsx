import { useState } from 'preact/hooks'
import type { Problem } from '../../api/problem.ts'
import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { AreaField, SelectField, TextField } from '../../parts/field.tsx'
import { formatJson, whyNotJson } from './json-text.ts'
import { type BodyType, endpointOf, pathParameters } from './operations.ts'
import type { Draft } from './question.ts'
import { sampleBody } from './samples.ts'

const { tryIt } = messages

interface RequestFieldsProps {
  readonly draft: Draft
  readonly change: (some: Partial<Draft>) => void
  readonly problem: Problem | undefined
}

/** What of a request depends on the operation: what stands in the path, the query, the body, headers. */
export function RequestFields({ draft, change, problem }: RequestFieldsProps) {
  const { operation, parameters, query, headers } = draft
  return (
    <>
      {pathParameters(operation).map((name) => (
        <TextField
          key={name}
          {...{ label: name, name, hint: hintOf(name), problem, isRequired: true, spellcheck: false }}
          {...{ value: parameters[name] ?? '', autoComplete: 'off' }}
          onInput={(value) => change({ parameters: { ...parameters, [name]: value } })}
        />
      ))}
      <TextField
        {...{ label: tryIt.query, name: 'path', hint: tryIt.queryHint, problem, spellcheck: false }}
        {...{ value: query, onInput: (query) => change({ query }), autoComplete: 'off' }}
      />
      <BodyFields {...{ draft, change, problem }} />
      <AreaField
        {...{
          label: tryIt.headers,
          name: 'headers',
          hint: tryIt.headersHint,
          problem,
          isCode: true,
          rows: 2,
        }}
        {...{ value: headers, onInput: (headers) => change({ headers }) }}
      />
    </>
  )
}

function hintOf(name: string): string {
  const { parameters } = tryIt
  return name === 'whatsappNumber' || name === 'target' ? parameters[name] : parameters.other
}

const ROWS = { json: 10, form: 4, multipart: 4 } as const

function BodyFields({ draft, change, problem }: RequestFieldsProps) {
  const { operation, bodyType, body } = draft
  const choose = (chosen: string): void => {
    const bodyType = chosen as BodyType
    change({ bodyType, body: sampleBody(endpointOf(operation), bodyType) })
  }
  const options = operation.bodies.map((value) => ({ value, label: tryIt.bodyTypes[value] }))
  return (
    <>
      {options.length > 1 && (
        <SelectField
          {...{ label: tryIt.bodyType, name: 'bodyType', options, value: bodyType, onInput: choose }}
        />
      )}
      {bodyType === 'json' && <JsonField {...{ body, problem }} onBody={(body) => change({ body })} />}
      {(bodyType === 'form' || bodyType === 'multipart') && (
        <AreaField
          {...{ label: tryIt.body, name: 'body', hint: tryIt.bodyHints[bodyType], problem, isCode: true }}
          {...{ rows: ROWS[bodyType], value: body, onInput: (body) => change({ body }) }}
        />
      )}
    </>
  )
}

interface JsonFieldProps {
  readonly body: string
  readonly onBody: (body: string) => void
  readonly problem: Problem | undefined
}

function JsonField({ body, onBody, problem }: JsonFieldProps) {
  const [wrong, setWrong] = useState<Problem>()
  const format = (): void => {
    const why = whyNotJson(body)
    setWrong(why && wrongField('body', sentenceOf(why)))
    if (why !== undefined) return
    onBody(formatJson(body))
    announce(tryIt.formatted)
  }
  const type = (text: string): void => {
    setWrong(undefined)
    onBody(text)
  }
  return (
    <div class="try-json">
      <AreaField
        {...{ label: tryIt.body, name: 'body', hint: tryIt.bodyHints.json, problem: wrong ?? problem }}
        {...{ isCode: true, rows: ROWS.json, value: body, onInput: type }}
      />
      <Button onClick={format}>{tryIt.format}</Button>
    </div>
  )
}

function sentenceOf({ line, column }: NonNullable<ReturnType<typeof whyNotJson>>): string {
  return line === undefined || column === undefined ? tryIt.notJson : tryIt.notJsonAt(line, column)
}
