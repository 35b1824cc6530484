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
  /** The whole body; empty for multipart. */
  readonly body: Buffer
  readonly upload?: Upload
}

/** A multipart body: its bytes as they arrive, and what divides its parts. */
export interface Upload {
  readonly bytes: AsyncIterable<Buffer>
  readonly boundary: string
}

declare module 'fastify' {
  interface FastifyRequest {
    received: Received
  }
}

interface Limits {
  /** For bodies that are held whole. */
  readonly bodyBytes: number
  /** For multipart bodies, which flow. */
  readonly uploadBytes: number
}

const EMPTY = Buffer.alloc(0)

const TYPE_NAMES: Readonly<Record<BodyType, string>> = {
  none: 'no body',
  json: 'JSON (application/json, application/json-patch+json, text/json, application/*+json)',
  form: 'a form (application/x-www-form-urlencoded)',
  multipart: 'multipart/form-data',
}

/** Makes the hook: takes the body, once it is clear that the operation takes its kind and size. */
export function makeReceiveBody(limits: Limits): preHandlerAsyncHookHandler {
  return async function receiveBody(request: FastifyRequest): Promise<void> {
    const startedAt = performance.now()
    try {
      request.received = isDeclaredEmpty(request)
        ? emptyBody(request.located.operation)
        : await receive(request, limits)
    } finally {
      request.times.receiveMs = performance.now() - startedAt
    }
  }
}

async function receive(request: FastifyRequest, { bodyBytes, uploadBytes }: Limits): Promise<Received> {
  const { operation } = request.located
  const { bodyType, contentType, boundary } = decideBodyType(operation, request)
  const limit = bodyType === 'multipart' ? uploadBytes : bodyBytes
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const bytes = limitedBytes(request.raw, limit)
  if (bodyType === 'multipart') return { bodyType, contentType, body: EMPTY, upload: { bytes, boundary } }
  const chunks: Buffer[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (body.length === 0) return emptyBody(operation)
  if (bodyType === 'none') throw otherType(operation)
  return { bodyType, contentType, body }
}

function isDeclaredEmpty({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

/** Clients send a JSON content type with nothing behind it: the empty body has no type. */
function emptyBody({ bodies }: Operation): Received {
  if (bodies.includes('none')) return { bodyType: 'none', contentType: '', body: EMPTY }
  throw new Refusal('malformed-request', `The operation needs ${namesOf(bodies)}, and the body is empty.`)
}

/** What the body must be. `none`: a chunked body without a type, which may still turn out to be empty. */
function decideBodyType(
  operation: Operation,
  { headers }: FastifyRequest,
): { bodyType: BodyType; contentType: string; boundary: string } {
  const transfer = headers['transfer-encoding']?.toLowerCase() ?? 'chunked'
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (transfer !== 'chunked' || encoding !== 'identity') {
    throw unsupported('The body is encoded (content-encoding or transfer-encoding): send it plain.')
  }
  const { kind, field, boundary } = readMediaType(headers['content-type'])
  const mayBeEmpty = kind === 'absent' && headers['content-length'] === undefined
  const bodyType = operation.bodies.find((taken) => taken === (mayBeEmpty ? 'none' : kind))
  if (bodyType === undefined) throw otherType(operation)
  return { bodyType, contentType: field, boundary }
}

/** The bytes as they arrive, up to a limit. Who stops listening leaves the rest to be dropped, not the caller cut off. */
async function* limitedBytes(stream: IncomingMessage, limit: number): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge(limit)
      yield chunk
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('malformed-request', 'The body broke off before it was complete.', { cause: error })
  } finally {
    stream.resume()
  }
}

function otherType({ bodies }: Operation): Refusal {
  return unsupported(
    `The operation takes ${namesOf(bodies)}, in UTF-8. The content-type of the body says otherwise, or nothing.`,
  )
}

function namesOf(bodies: readonly BodyType[]): string {
  return bodies.map((type) => TYPE_NAMES[type]).join(', or ')
}

function tooLarge(limit: number): Refusal {
  return new Refusal('body-too-large', `The body is larger than ${limit} bytes.`)
}

function unsupported(detail: string): Refusal {
  return new Refusal('unsupported-media-type', detail)
}
