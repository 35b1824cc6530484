import type { FastifyReply, FastifyRequest } from 'fastify'
import type { BodyType, Operation } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { readMediaType } from '../rewrite/media-type.ts'
import type { Settings } from '../settings-schema.ts'
import { ReadAheadBudget } from './read-ahead.ts'
import type { Step } from './step.ts'
import { type Upload, flow, tooLarge } from './upload.ts'
import { takeWhole } from './whole-body.ts'

/** A body and what it was decided to be: nobody after this reads the content type again. */
export interface Received {
  readonly bodyType: BodyType
  /** The content type as Wati gets it; empty without a body. */
  readonly contentType: string
  /** The whole body; empty for multipart. */
  readonly body: Buffer
  readonly upload?: Upload
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
  multipart: 'multipart/form-data',
}

/** Makes the hook: takes the body, once it is clear that the operation takes its kind and size. */
export function makeReceiveBody(settings: Settings): Step {
  const budget = new ReadAheadBudget(settings.UPLOAD_READ_AHEAD_BYTES)
  return function receiveBody(request, reply) {
    const received = isDeclaredEmpty(request)
      ? emptyBody(request.located.operation)
      : receive(request, reply, settings, budget)
    if (received instanceof Promise) return untilReceived(request, received)
    request.received = received
    return undefined
  }
}

async function untilReceived(request: FastifyRequest, coming: Promise<Received>): Promise<void> {
  const startedAt = performance.now()
  try {
    request.received = await coming
  } finally {
    request.times.receiveMs = performance.now() - startedAt
  }
}

function receive(
  request: FastifyRequest,
  reply: FastifyReply,
  settings: Settings,
  budget: ReadAheadBudget,
): Received | Promise<Received> {
  const { bodyType, contentType, boundary } = decideBodyType(request.located.operation, request)
  const limit = bodyType === 'multipart' ? settings.UPLOAD_LIMIT_BYTES : settings.BODY_LIMIT_BYTES
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  if (bodyType !== 'multipart') return receiveWhole(request, bodyType, contentType, limit)
  return { bodyType, contentType, body: EMPTY, upload: { boundary, ...flow(request, reply, limit, budget) } }
}

async function receiveWhole(
  { raw, located: { operation } }: FastifyRequest,
  bodyType: BodyType,
  contentType: string,
  limit: number,
): Promise<Received> {
  const body = await takeWhole(raw, limit)
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

function otherType({ bodies }: Operation): Refusal {
  return unsupported(
    `The operation takes ${namesOf(bodies)}, in UTF-8. The content-type of the body says otherwise, or nothing.`,
  )
}

function namesOf(bodies: readonly BodyType[]): string {
  return bodies.map((type) => TYPE_NAMES[type]).join(', or ')
}

function unsupported(detail: string): Refusal {
  return new Refusal('unsupported-media-type', detail)
}
