import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { BodyType, Operation } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { readMediaType } from '../rewrite/media-type.ts'
import { ReadAhead, ReadAheadBudget } from './read-ahead.ts'

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
  /** Aborted, with a refusal, when the caller hung up before the body was complete. */
  readonly gone: AbortSignal
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
  /** For what is held of all multipart bodies while Wati does not take them. */
  readonly readAheadBytes: number
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
  const budget = new ReadAheadBudget(limits.readAheadBytes)
  return async function receiveBody(request, reply): Promise<void> {
    const { operation } = request.located
    if (isDeclaredEmpty(request)) {
      request.received = emptyBody(operation)
      return
    }
    const { bodyType, contentType, boundary } = decideBodyType(operation, request)
    const limit = bodyType === 'multipart' ? limits.uploadBytes : limits.bodyBytes
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    request.received =
      bodyType === 'multipart'
        ? {
            ...{ bodyType, contentType, body: EMPTY },
            upload: { boundary, ...flow(request, reply, limit, budget) },
          }
        : await receive(request, bodyType, contentType, limit)
  }
}

/** A body that flows. Who stops listening leaves the rest to be dropped, not the caller cut off. */
function flow(
  request: FastifyRequest,
  reply: FastifyReply,
  limit: number,
  budget: ReadAheadBudget,
): Omit<Upload, 'boundary'> {
  const ahead = new ReadAhead(request.raw, budget)
  const gone = new AbortController()
  ahead.gone.addEventListener('abort', () => gone.abort(brokenOff(ahead.gone.reason)), { once: true })
  // A request can be refused before anybody asks for its body.
  reply.raw.once('close', () => ahead.stop())
  return { bytes: limitedBytes(ahead, limit, () => ahead.stop()), gone: gone.signal }
}

async function receive(
  { raw, located: { operation } }: FastifyRequest,
  bodyType: BodyType,
  contentType: string,
  limit: number,
): Promise<Received> {
  const arriving = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  const chunks: Buffer[] = []
  for await (const chunk of limitedBytes(arriving, limit, () => raw.resume())) chunks.push(chunk)
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

/** The bytes as they arrive, up to a limit; `leave` is called when nobody asks any more. */
async function* limitedBytes(
  arriving: AsyncIterable<Buffer>,
  limit: number,
  leave: () => void,
): AsyncGenerator<Buffer> {
  let bytes = 0
  try {
    for await (const chunk of arriving) {
      bytes += chunk.length
      if (bytes > limit) throw tooLarge(limit)
      yield chunk
    }
  } catch (error) {
    throw error instanceof Refusal ? error : brokenOff(error)
  } finally {
    leave()
  }
}

function brokenOff(cause: unknown): Refusal {
  return new Refusal('malformed-request', 'The body broke off before it was complete.', { cause })
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
