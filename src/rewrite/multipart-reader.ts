import { Malformed } from './malformed.ts'
import { type PartHeader, readPartHeader } from './part-header.ts'

const LONGEST_HEADER_BYTES = 8_192
const MOST_PARTS = 100
const NOTHING = Buffer.alloc(0)
const CRLF = '\r\n'
const END_OF_HEADER = '\r\n\r\n'

/** Sees the parts of a form while somebody else reads them. */
export interface PartWatcher {
  header(header: PartHeader): void
  content(chunk: Buffer): void
  /** The last boundary was there, and nothing behind it. */
  end(): void
}

/**
 * Reads a `multipart/form-data` body (RFC 2046, 5.1.1) part by part as its bytes arrive, and holds no more of
 * it than a header or a boundary needs. Strict: nothing before the first boundary, nothing behind the last,
 * no padding on boundary lines. Throws `Malformed`.
 */
export class MultipartReader {
  readonly #source: AsyncIterator<Buffer>
  readonly #delimiter: Buffer
  readonly #watcher: PartWatcher | undefined
  #held: Buffer = NOTHING
  #parts = 0
  #ended = false

  constructor(source: AsyncIterable<Buffer>, boundary: string, watcher?: PartWatcher) {
    this.#watcher = watcher
    this.#source = source[Symbol.asyncIterator]()
    this.#delimiter = Buffer.from(`${CRLF}--${boundary}`)
    // The first boundary has no line before it: with this one it looks like all the others.
    this.#held = Buffer.from(CRLF)
  }

  /** The header of the next part, or `undefined` behind the last. The content before must have been read. */
  async nextPart(): Promise<PartHeader | undefined> {
    if (this.#parts === 0) {
      await this.#hold(this.#delimiter.length)
      if (!this.#held.subarray(0, this.#delimiter.length).equals(this.#delimiter)) {
        throw new Malformed('The form does not begin with the boundary of its content-type.')
      }
      await this.#passDelimiter()
    }
    if (this.#ended) {
      this.#watcher?.end()
      return undefined
    }
    if (++this.#parts > MOST_PARTS) throw new Malformed(`The form has more than ${MOST_PARTS} parts.`)
    const end = await this.#endOfHeader()
    const header = readPartHeader(this.#held.subarray(0, end))
    this.#watcher?.header(header)
    // The line end stays: the content may be empty, and then the delimiter begins with it.
    this.#held = this.#held.subarray(end + CRLF.length)
    return header
  }

  /** The content of the part whose header was read last, as it arrives. */
  async *content(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#content()) {
      this.#watcher?.content(chunk)
      yield chunk
    }
  }

  async *#content(): AsyncGenerator<Buffer> {
    // The line end that nextPart has left standing is not content.
    let skipped = CRLF.length
    let at = this.#held.indexOf(this.#delimiter)
    while (at === -1) {
      const sure = Math.max(0, this.#held.length - this.#delimiter.length + 1)
      if (sure > skipped) yield this.#held.subarray(skipped, sure)
      skipped = Math.max(0, skipped - sure)
      this.#held = this.#held.subarray(sure)
      const tail = await this.#passTail()
      if (tail.length > skipped) yield tail.subarray(skipped)
      skipped = Math.max(0, skipped - tail.length)
      at = this.#held.indexOf(this.#delimiter)
    }
    if (at > skipped) yield this.#held.subarray(skipped, at)
    this.#held = this.#held.subarray(at)
    await this.#passDelimiter()
  }

  /**
   * Takes the next bytes in place of what is held, and gives that, when no delimiter begins in it; else adds to
   * it. So files flow through without being copied.
   */
  async #passTail(): Promise<Buffer> {
    const tail = this.#held
    const chunk = await this.#next()
    const seam = Buffer.concat([tail, chunk.subarray(0, this.#delimiter.length)])
    const isApart = chunk.length >= this.#delimiter.length && seam.indexOf(this.#delimiter) === -1
    this.#held = isApart ? chunk : Buffer.concat([tail, chunk])
    return isApart ? tail : NOTHING
  }

  async #endOfHeader(): Promise<number> {
    for (;;) {
      const end = this.#held.indexOf(END_OF_HEADER)
      if (end > LONGEST_HEADER_BYTES || (end === -1 && this.#held.length > LONGEST_HEADER_BYTES)) {
        throw new Malformed('A part of the form has a header that is too long.')
      }
      if (end !== -1) return end
      await this.#more()
    }
  }

  /** Behind a boundary stands a line end, or `--` and the end of everything. */
  async #passDelimiter(): Promise<void> {
    const length = this.#delimiter.length
    await this.#hold(length + 2)
    const mark = this.#held.toString('latin1', length, length + 2)
    this.#held = this.#held.subarray(length + 2)
    if (mark === CRLF) return
    if (mark !== '--') throw new Malformed('A boundary line of the form has something behind the boundary.')
    this.#ended = true
    for (let next = await this.#source.next(); next.done !== true; next = await this.#source.next()) {
      this.#held = Buffer.concat([this.#held, next.value])
      if (this.#held.length > CRLF.length) break
    }
    const rest = this.#held.toString('latin1')
    if (rest !== '' && rest !== CRLF) throw new Malformed('The form has bytes behind its last boundary.')
  }

  async #hold(bytes: number): Promise<void> {
    while (this.#held.length < bytes) await this.#more()
  }

  async #more(): Promise<void> {
    const chunk = await this.#next()
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
  }

  async #next(): Promise<Buffer> {
    const next = await this.#source.next()
    if (next.done === true) throw new Malformed('The form ends before its last boundary.')
    return next.value
  }
}
