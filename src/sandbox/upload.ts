import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy'

/** One part of a multipart body. A file's content is measured and forgotten. */
export interface Part {
  readonly name: string
  /** Only files have one. */
  readonly filename?: string
  readonly contentType: string
  /** Bytes; those of a field as UTF-8. */
  readonly size: number
  /** Hex; empty when the body was cut off inside the file. */
  readonly sha256: string
  /** Only fields have one. */
  readonly value?: string
}

/** A multipart body that has been read to its end. */
export interface Upload {
  /** In the order in which they came. */
  readonly parts: readonly Part[]
  /** The first bytes of the body, at most 1 MiB. */
  readonly head: Buffer
  /** Was the body longer than `head`? */
  readonly truncated: boolean
  /** Why the body is not a whole, well-formed form. */
  readonly mistake?: string
}

const HEAD_BYTES = 1024 * 1024
const LIMITS = { parts: 1000, fieldSize: 1024 * 1024, headerPairs: 100, headerSize: 16 * 1024 }

/**
 * Reads a multipart body to its end, never faster than its parts are taken up, and keeps no file in memory.
 * Does not throw: a body that is malformed, or whose sender went away, has a `mistake`.
 */
export async function readUpload(body: Readable, contentType: string): Promise<Upload> {
  const head = new Head()
  const form = new Form(contentType)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      head.add(chunk)
      await form.write(chunk)
    }
    await form.end()
  } catch {
    form.fail('The connection ended before the body did.')
  }
  return {
    parts: form.parts,
    head: head.bytes(),
    truncated: head.truncated,
    ...(form.mistake !== undefined && { mistake: form.mistake }),
  }
}

/** As in ASP.NET: a part without a file name, or with an empty one, is a field, whatever its type. */
function hasFilename(_name: unknown, _contentType: unknown, filename: string | undefined): boolean {
  return filename !== undefined && filename !== ''
}

/** The first bytes of a body. */
class Head {
  truncated = false
  #chunks: Buffer[] = []
  #size = 0

  add(chunk: Buffer): void {
    const room = HEAD_BYTES - this.#size
    if (chunk.length > room) this.truncated = true
    if (room === 0) return
    const kept = chunk.subarray(0, room)
    this.#chunks.push(kept)
    this.#size += kept.length
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** The parts of a form, gathered while its bytes come in. After the first mistake nothing more is read. */
class Form {
  readonly parts: Part[] = []
  mistake: string | undefined
  readonly #parser: BusboyInstance | undefined

  constructor(contentType: string) {
    try {
      const headers = { 'content-type': contentType }
      this.#parser = new Busboy({ headers, limits: LIMITS, preservePath: true, isPartAFile: hasFilename })
    } catch {
      this.fail('The content type has no boundary.')
      return
    }
    this.#parser.on('field', (name, value, _nameCut, cut, _encoding, contentType) => {
      if (cut) this.fail(`A field is longer than ${LIMITS.fieldSize} bytes.`)
      this.#addField(name, value, contentType)
    })
    this.#parser.on('file', (name, content, filename, _encoding, contentType) =>
      this.#addFile(name, content, filename, contentType),
    )
    this.#parser.on('partsLimit', () => this.fail(`There are more than ${LIMITS.parts} parts.`))
    this.#parser.on('error', () => this.fail('The body is not a whole multipart form.'))
  }

  /** Resolves when more bytes can be taken. */
  async write(chunk: Buffer): Promise<void> {
    const parser = this.#running()
    if (parser === undefined || parser.write(chunk) || this.#running() === undefined) return
    // The error that ends this wait has already been noted.
    await once(parser, 'drain').catch(() => undefined)
  }

  /** Resolves when every part has been read. */
  async end(): Promise<void> {
    const parser = this.#running()
    if (parser === undefined) return
    const finished = once(parser, 'finish')
    parser.end()
    await finished.catch(() => undefined)
  }

  /** The first mistake counts. */
  fail(mistake: string): void {
    this.mistake ??= mistake
  }

  #running(): BusboyInstance | undefined {
    return this.mistake === undefined ? this.#parser : undefined
  }

  #addField(name: string, value: string, contentType: string): void {
    const bytes = Buffer.from(value)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    this.parts.push({ name, contentType, size: bytes.length, sha256, value })
  }

  #addFile(name: string, content: BusboyFileStream, filename: string, contentType: string): void {
    const part = { name, filename, contentType, size: 0, sha256: '' }
    this.parts.push(part)
    const hash = createHash('sha256')
    content.on('data', (bytes: Buffer) => {
      part.size += bytes.length
      hash.update(bytes)
    })
    content.on('end', () => (part.sha256 = hash.digest('hex')))
    content.on('error', () => this.fail('The body ends inside a file.'))
  }
}
