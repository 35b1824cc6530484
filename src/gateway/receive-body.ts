import type { IncomingMessage } from 'node:http'
import type { FastifyRequest, preHandlerAsyncHookHandler } from 'fastify'
import type { BodyType, Operation } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { readMediaType } from '../rewrite/media-type.ts'

/** A body and what it was decided to be: nobody after this reads the content type again. */
export interface Received {
  readonly bodyType: BodyType
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
    const bodyType = decideBodyType(operation, request)
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes)
    const body = await readWhole(request.raw, limitBytes)
    request.received = body.length === 0 ? emptyBody(operation) : { bodyType, body }
  }
}

function isDeclaredEmpty({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

/** Clients send a JSON content type with nothing behind it: the empty body has no type. */
function emptyBody(operation: Operation): Received {
  if (operation.bodies.includes('none')) return { bodyType: 'none', body: EMPTY }
  throw new Refusal('malformed-request', 'The operation needs a JSON body, and the body is empty.')
}

function decideBodyType(operation: Operation, { headers }: FastifyRequest): BodyType {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw unsupported('The body is encoded (content-encoding): send it plain.')
  }
  const mediaType = readMediaType(headers['content-type'])
  const bodyType = operation.bodies.find((taken) => taken === mediaType)
  if (bodyType === undefined) {
    const taken = operation.bodies.map((type) => TYPE_NAMES[type]).join(', or ')
    throw unsupported(
      `The operation takes ${taken}, in UTF-8. The content-type of the body says otherwise, or nothing.`,
    )
  }
  return bodyType
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
    stream.on('error', reject)
    stream.on('close', () => reject(new Error('the caller hung up before its body was complete')))
  })
}

function tooLarge(limitBytes: number): Refusal {
  return new Refusal('body-too-large', `The body is larger than ${limitBytes} bytes (BODY_LIMIT_BYTES).`)
}

function unsupported(detail: string): Refusal {
  return new Refusal('unsupported-media-type', detail)
}
