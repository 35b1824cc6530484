import { wrongField } from '../../api/wrong-field.ts'
import type { operations } from '../../api/openapi.ts'
import { answer, api } from '../../api/client.ts'
import { messages } from '../../messages/messages.ts'
import { type BodyType, type Operation, endpointOf, pathParameters } from './operations.ts'
import { sampleBody, sampleParameter, sampleQuery } from './samples.ts'

const { tryIt } = messages

export type Question = operations['explainRequest']['requestBody']['content']['application/json']
export type Explanation = operations['explainRequest']['responses'][200]['content']['application/json']

/** What is typed of a request. */
export interface Draft {
  readonly operation: Operation
  readonly parameters: Readonly<Record<string, string>>
  /** Without its question mark. */
  readonly query: string
  readonly bodyType: BodyType
  /** JSON, or a field a line. */
  readonly body: string
  /** One a line. */
  readonly headers: string
}

/** An operation with something to begin with. */
export function draftOf(operation: Operation, headers = ''): Draft {
  const bodyType = operation.bodies[0] ?? 'none'
  const parameters = pathParameters(operation).map((name) => [name, sampleParameter(name)] as const)
  const endpoint = endpointOf(operation)
  return {
    ...{ operation, bodyType, headers },
    parameters: Object.fromEntries(parameters),
    query: sampleQuery(endpoint),
    body: sampleBody(endpoint, bodyType),
  }
}

/** Asks what the gateway would send; it sends nothing. Throws a `Problem`. */
export async function explain(question: Question): Promise<Explanation> {
  const { body } = await answer(api.POST('/v1/explain', { body: question }))
  return body
}

/** As a caller would send it. Throws a `Problem` about the first field that holds no request. */
export function questionOf(channel: string, draft: Draft): Question {
  if (channel.trim() === '') throw wrongField('channel', tryIt.channelMissing)
  const { operation, query } = draft
  const path = pathOf(draft)
  const headers = readHeaders(draft.headers)
  const { type, body } = bodyOf(draft)
  const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  const sent = type === undefined || hasType ? headers : { ...headers, 'content-type': type }
  return {
    ...{ channel: channel.trim(), method: operation.method },
    path: query === '' ? path : `${path}?${query.replace(/^\?/, '')}`,
    ...(Object.keys(sent).length > 0 && { headers: sent }),
    ...(body !== '' && { body }),
  }
}

function pathOf({ operation, parameters }: Draft): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name]?.trim() ?? ''
    if (value === '') throw wrongField(name, tryIt.parameterMissing)
    // A colon may stand in a path as it is (RFC 3986, 3.3), and Wati's examples have it so.
    return value.split(':').map(encodeURIComponent).join(':')
  })
}

function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, name, value] = /^([^\s:]+):\s*(.*?)\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw wrongField('headers', tryIt.headerWrong(at + 1))
    headers[name] = value
  }
  return headers
}

const BOUNDARY = 'example-boundary'

/** Stands where a file would: files cannot be typed. */
const STAND_IN = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="example.txt"\r\nContent-Type: text/plain\r\n\r\nAn example file.\r\n`

function bodyOf({ bodyType, body }: Draft): { type?: string; body: string } {
  switch (bodyType) {
    case 'none':
      return { body: '' }
    case 'json':
      return { ...(body !== '' && { type: 'application/json' }), body }
    case 'form':
      return {
        type: 'application/x-www-form-urlencoded',
        body: new URLSearchParams(fieldsOf(body)).toString(),
      }
    case 'multipart':
      return { type: `multipart/form-data; boundary=${BOUNDARY}`, body: multipart(fieldsOf(body)) }
  }
}

function fieldsOf(text: string): [name: string, value: string][] {
  const lines = text.split('\n').map((line, at) => ({ line, at: at + 1 }))
  return lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, at }) => {
      const equals = line.indexOf('=')
      if (equals < 1) throw wrongField('body', tryIt.fieldWrong(at))
      return [line.slice(0, equals).trim(), line.slice(equals + 1)]
    })
}

/** RFC 7578 */
function multipart(fields: readonly (readonly [name: string, value: string])[]): string {
  const parts = fields.map(([name, value]) => {
    const quoted = name.replaceAll('"', '%22')
    return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${quoted}"\r\n\r\n${value}\r\n`
  })
  return `${parts.join('')}${STAND_IN}--${BOUNDARY}--\r\n`
}
