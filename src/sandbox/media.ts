import { createHash } from 'node:crypto'
import { crc32, deflateSync } from 'node:zlib'
import type { SentFile } from './account.ts'
import { download, notFound, type Answer } from './answer.ts'
import { required, type Call } from './call.ts'

/** A file that anyone may fetch without having sent one. */
interface SampleFile {
  /** For v3. */
  readonly messageId: string
  readonly file: SentFile
}

const SAMPLES: readonly SampleFile[] = [
  sample('000000000000000000000001', 'sandbox.png', 'image/png'),
  sample('000000000000000000000002', 'sandbox.html', 'text/html'),
]

/** The name under which v1 serves the file of a message. */
export function mediaName(messageId: string): string {
  return `data/media/${messageId}`
}

/** `GET getMedia?fileName=…`: the name in a message's `data`, or that of a sample. */
export function getMedia(call: Call): Answer {
  const wanted = required(call.query.get('fileName'), 'fileName')
  const known = SAMPLES.find(({ file }) => file.name === wanted)
  return serve(known?.file ?? fileOfMessage(call, (id) => mediaName(id) === wanted))
}

/** `GET conversations/messages/file/{message_id}` (v3). */
export function getMessageFile(call: Call): Answer {
  const wanted = call.path['messageId']
  const known = SAMPLES.find(({ messageId }) => messageId === wanted)
  return serve(known?.file ?? fileOfMessage(call, (id) => id === wanted))
}

function fileOfMessage(call: Call, isWanted: (messageId: string) => boolean): SentFile | undefined {
  return call.account.messages().find(({ id }) => isWanted(id))?.file
}

function serve(file: SentFile | undefined): Answer {
  if (file === undefined) throw notFound('There is no such file.')
  // A type that is no type cannot stand in a header.
  const isType = /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(file.contentType)
  return download(file.name, isType ? file.contentType : 'application/octet-stream', contentOf(file))
}

/** What stands for the content that was not kept: always the same for the same file. */
function contentOf({ contentType, sha256 }: SentFile): Buffer {
  if (contentType === 'image/png') return png(Buffer.from(sha256, 'hex'))
  if (contentType === 'text/html') {
    return Buffer.from(
      `<!DOCTYPE html>\n<html><head><title>${sha256}</title></head><body>A file.</body></html>\n`,
    )
  }
  return Buffer.from(sha256, 'hex')
}

/** A picture of 8 by 4 grey pixels, which are the 32 bytes (PNG specification, chapters 5 and 11). */
function png(pixels: Buffer): Buffer {
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  const header = Buffer.from('00000008000000040800000000', 'hex')
  const rows = [0, 8, 16, 24].map((at) => Buffer.concat([Buffer.alloc(1), pixels.subarray(at, at + 8)]))
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, checksum])
}

function sample(messageId: string, name: string, contentType: string): SampleFile {
  const sha256 = createHash('sha256').update(name).digest('hex')
  return { messageId, file: { name, contentType, size: 0, sha256 } }
}
