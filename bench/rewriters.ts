import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { Busboy } from '@fastify/busboy'
import { OPERATIONS, type Operation } from '../src/domain/operation.ts'
import { rewriteMultipart } from '../src/rewrite/multipart.ts'
import { type Incoming, rewrite } from '../src/rewrite/rewrite.ts'
import { verify } from '../src/rewrite/verify.ts'
import { templateSend } from './body.ts'

/** One rewriter with one body, and what it is compared with. */
export interface Rewriter {
  readonly name: string
  readonly bytes: number
  readonly ours: () => unknown
  readonly theirs: () => unknown
  /** What the other one is. */
  readonly than: string
}

const NUMBER = '5511999990000'
const [SMALL, LARGE, HUGE] = [200, 20_000, 20_000_000]
/** As large as the pieces in which Node reads a socket. */
const PIECE_BYTES = 65_536

const SEND = operation('POST', '/api/v1/sendTemplateMessage')
const SEND_MANY = operation('POST', '/api/ext/v3/messageTemplates/send')
const SESSION_MESSAGE = operation('POST', '/api/v1/sendSessionMessage/{whatsappNumber}')

/** All of them, each with a small and a large body. */
export const REWRITERS: readonly Rewriter[] = [
  ...[SMALL, LARGE].map((bytes) => json('JSON: key put in', SEND, templateSend(bytes))),
  ...[SMALL, LARGE].map((bytes) => json('JSON: targets', SEND_MANY, manyTargets(bytes))),
  ...[SMALL, LARGE].map((bytes) => verified(templateSend(bytes))),
  ...[SMALL, LARGE].map((bytes) => query(pairs(bytes))),
  ...[SMALL, LARGE].map((bytes) => form(pairs(bytes))),
  ...[SMALL, LARGE, HUGE].map((bytes) => multipart(bytes)),
]

function operation(method: string, path: string): Operation {
  const found = OPERATIONS.find((one) => one.method === method && one.path === path)
  if (found === undefined) throw new Error(`${method} ${path} is not carried`)
  return found
}

function incoming(given: Partial<Incoming>): Incoming {
  return { segments: ['x'], query: undefined, bodyType: 'none', body: Buffer.alloc(0), ...given }
}

function json(name: string, operation: Operation, text: string): Rewriter {
  const body = Buffer.from(text)
  const sent = incoming({ bodyType: 'json', body })
  return {
    ...{ name, bytes: body.length, ours: () => rewrite(operation, NUMBER, sent) },
    ...{ theirs: () => parseAndPrint(body), than: '`JSON.parse` + `JSON.stringify`' },
  }
}

/** With the last look at what was rewritten: what the road takes. */
function verified(text: string): Rewriter {
  const { bytes, ours, ...rest } = json('JSON: key put in, and verified', SEND, text)
  const rewriteAndVerify = (): unknown =>
    verify(SEND, NUMBER, ours() as ReturnType<typeof rewrite>, 'json', Buffer.from(text))
  return { ...rest, bytes, ours: rewriteAndVerify }
}

/** As a program would do it that trusts every reader to agree with its own. */
function parseAndPrint(body: Buffer): Buffer {
  const value = JSON.parse(body.toString('utf8')) as Record<string, unknown>
  value['channelNumber'] = NUMBER
  value['channel_number'] = NUMBER
  return Buffer.from(JSON.stringify(value))
}

function manyTargets(bytes: number): string {
  const send = { template_name: 'order_on_its_way', recipients: [] as object[] }
  const add = (index: number): number =>
    send.recipients.push({ target: `5511${10_000_000 + index}`, name: 'Ana' })
  for (let index = 0; JSON.stringify(send).length < bytes; index++) add(index)
  return JSON.stringify(send)
}

function pairs(bytes: number): string {
  const pair = 'messageText=your+order+will+arrive%20tomorrow'
  const count = Math.ceil(bytes / (pair.length + 1))
  return Array.from({ length: count }, (_, index) => `${pair}${index}`)
    .join('&')
    .slice(0, bytes)
}

function query(text: string): Rewriter {
  const sent = incoming({ query: text })
  return {
    ...{ name: 'query', bytes: text.length, ours: () => rewrite(SESSION_MESSAGE, NUMBER, sent) },
    ...{ theirs: () => readAndPrint(text), than: '`URLSearchParams`' },
  }
}

function form(text: string): Rewriter {
  const body = Buffer.from(text)
  const sent = incoming({ bodyType: 'form', body })
  return {
    ...{ name: 'form', bytes: body.length, ours: () => rewrite(SESSION_MESSAGE, NUMBER, sent) },
    ...{ theirs: () => Buffer.from(readAndPrint(body.toString())), than: '`URLSearchParams`' },
  }
}

function readAndPrint(text: string): string {
  const params = new URLSearchParams(text)
  params.set('channelPhoneNumber', NUMBER)
  return params.toString()
}

/** A form with one file of about so many bytes. */
function multipart(bytes: number): Rewriter {
  const boundary = 'xYz'
  const before = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n`
  const after = `\r\n--${boundary}--\r\n`
  const content = randomBytes(Math.max(1, bytes - before.length - after.length))
  const body = Buffer.concat([Buffer.from(before), content, Buffer.from(after)])
  return {
    ...{ name: 'multipart', bytes: body.length, ours: () => rewriteForm(body, boundary) },
    ...{ theirs: () => readForm(body, boundary), than: '`@fastify/busboy` (reads only)' },
  }
}

async function rewriteForm(body: Buffer, boundary: string): Promise<number> {
  const rules = {
    ...{ boundary, newBoundary: 'aBc', number: NUMBER, keys: ['channelPhoneNumber'], hasTarget: false },
    ...{ namesNumber: true, onClaim: () => undefined, onNames: () => undefined },
  }
  let bytes = 0
  for await (const chunk of rewriteMultipart(inPieces(body), rules)) bytes += chunk.length
  return bytes
}

async function readForm(body: Buffer, boundary: string): Promise<void> {
  const reader = new Busboy({ headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } })
  reader.on('file', (_, file) => file.resume())
  await pipeline(inPieces(body), reader)
}

async function* inPieces(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES)
}
