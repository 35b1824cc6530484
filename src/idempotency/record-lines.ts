const FORMAT = 'wati-gateway-idempotency'
const VERSION = 1

/** One step in the life of a record, as the journal has it. A claim leaves no trace: it dies with its process. */
export type Entry = SendingEntry | KeptEntry | ReleasedEntry

interface SendingEntry extends Fingerprinted {
  readonly state: 'sending'
}

interface KeptEntry extends Fingerprinted {
  readonly state: 'kept'
  readonly sealed: string
}

interface ReleasedEntry {
  readonly name: string
  readonly state: 'released'
}

interface Fingerprinted {
  readonly name: string
  readonly head: string
  readonly body: string
  /** When it is forgotten, ms since 1970. */
  readonly until: number
}

/** The first line of a journal. */
export const HEADER_LINE = Buffer.from(`${JSON.stringify({ format: FORMAT, version: VERSION })}\n`)

/** Checks the first line of a journal. Throws an `Error` that names the file. */
export function checkHeader(file: string, line: string): void {
  const header = parse(line)
  const { format, version } = (header ?? {}) as Readonly<Record<string, unknown>>
  if (format !== FORMAT) throw damaged(file, 1)
  if (version !== VERSION) {
    throw new Error(`${file} has version ${JSON.stringify(version)}, this gateway reads version ${VERSION}.`)
  }
}

/** All of a batch in one line: then it is there, or it is the torn end of the file. */
export function batchLine(batch: readonly Entry[]): Buffer {
  return Buffer.from(`${JSON.stringify(batch)}\n`)
}

/** `undefined` when the line is no batch. */
export function parseBatch(line: string): readonly Entry[] | undefined {
  const batch = parse(line)
  return Array.isArray(batch) && batch.every(isEntry) ? batch : undefined
}

/** @param line counted from 1 */
export function damaged(file: string, line: number): Error {
  return new Error(`${file} is damaged at line ${line}. Restore it from a back-up.`)
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const { name, state, head, body, until, sealed } = value as Readonly<Record<string, unknown>>
  if (typeof name !== 'string') return false
  if (state === 'released') return true
  const isWhole = typeof head === 'string' && typeof body === 'string' && Number.isSafeInteger(until)
  return isWhole && (state === 'sending' || (state === 'kept' && typeof sealed === 'string'))
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
