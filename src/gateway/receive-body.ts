import type { IncomingMessage } from 'node:http'
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { BodyType, Operation } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { readMediaType } from '../rewrite/media-type.ts'

/** A body and what it was decided to be: nobody after this reads the content type again. */
export interface Received {
  readonly bodyType: BodyType
  /** The content type as Wati gets it; empty without a body. */
  readonly contentType: string
  readonly body: Buffer
}

declare module 'fastify' {
  interface FastifyRequest {
    received: Received
  }
}

const EMPTY = Buffer.alloc(0)

const TYPE_NAMES: Readonly<Record<BodyType, string>> = {
  none: 'no body',
  json: 'JSON (application/json, application/json-patch+json, text/json, application/*+json)',
  form: 'a form (application/x-www-form-urlencoded)',
}

/** Makes the hook: reads the body whole, once it is clear that the operation takes its kind and size. */
export function makeReceiveBody(limitBytes: number): preHandlerAsyncHookHandler {
  return async function receiveBody(request: FastifyRequest): Promise<void> {
    const { operation } = request.located
    if (isDeclaredEmpty(request)) {
      request.received = emptyBody(operation)
      return
    }
    const decided = decideBodyType(operation, request)
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes)
    const body = await readWhole(request.raw, limitBytes)
    if (body.length === 0) request.received = emptyBody(operation)
    else if (decided.bodyType === 'none') throw otherType(operation)
    else request.received = { ...decided, body }
  }
}

function isDeclaredEmpty({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

/** Clients send a JSON content type with nothing behind it: the empty body has no type. */
function emptyBody(operation: Operation): Received {
  if (operation.bodies.includes('none')) return { bodyType: 'none', contentType: '', body: EMPTY }
  throw new Refusal('malformed-request', 'The operation needs a JSON body, and the body is empty.')
}

/** What the body must be. `none`: a chunked body without a type, which may still turn out to be empty. */
function decideBodyType(operation: Operation, { headers }: FastifyRequest): Omit<Received, 'body'> {
  const transfer = headers['transfer-encoding']?.toLowerCase() ?? 'chunked'
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (transfer !== 'chunked' || encoding !== 'identity') {
    throw unsupported('The body is encoded (content-encoding or transfer-encoding): send it plain.')
  }
  const { kind, field } = readMediaType(headers['content-type'])
  const mayBeEmpty = kind === 'absent' && headers['content-length'] === undefined
  const wanted = mayBeEmpty ? 'none' : kind
  const bodyType = operation.bodies.find((taken) => taken === wanted)
  if (bodyType === undefined) throw otherType(operation)
  return { bodyType, contentType: field }
}

function otherType({ bodies }: Operation): Refusal {
  const taken = bodies.map((type) => TYPE_NAMES[type]).join(', or ')
  return unsupported(
    `The operation takes ${taken}, in UTF-8. The content-type of the body says otherwise, or nothing.`,
  )
}

async function readWhole(stream: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  return await new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      // What is over the limit is read and dropped, so that the caller gets to the answer.
      if (bytes > limitBytes) reject(tooLarge(limitBytes))
      else chunks.push(chunk)
    })
    stream.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, bytes)))
    stream.on('error', (cause) => reject(brokenOff(cause)))
    stream.on('close', () => reject(brokenOff()))
  })
}

function tooLarge(limitBytes: number): Refusal {
  return new Refusal('body-too-large', `The body is larger than ${limitBytes} bytes (BODY_LIMIT_BYTES).`)
}

function brokenOff(cause?: unknown): Refusal {
  return new Refusal('malformed-request', 'The body broke off before it was complete.', { cause })
}

function unsupported(detail: string): Refusal {
  return new Refusal('unsupported-media-type', detail)
}
