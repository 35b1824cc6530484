import type { SealedChange } from './store.ts'

const FORMAT = 'wati-gateway-directory'
const VERSION = 1

/** What a journal holds: the name of its life, and its changes in the order of their revisions. */
export interface JournalContent {
  readonly epoch: string
  readonly changes: readonly SealedChange[]
}

/** The first line of a journal. */
export function headerLine(epoch: string): string {
  return toLine({ format: FORMAT, version: VERSION, epoch })
}

export function changeLine({ revision, target, deleted, sealed }: SealedChange): string {
  return toLine({ revision, target, deleted, sealed })
}

/** The epoch in a journal's first line. Throws an `Error` that names the file. */
export function readHeader(file: string, line: string): string {
  const { format, version, epoch } = parseObject(line) ?? {}
  if (format !== FORMAT || typeof epoch !== 'string' || epoch === '') throw damaged(file, 1)
  if (version !== VERSION) {
    throw new Error(`${file} has version ${JSON.stringify(version)}, this gateway reads version ${VERSION}.`)
  }
  return epoch
}

/** `undefined` when the line is not a change. */
export function parseChange(line: string): SealedChange | undefined {
  const { revision, target, deleted, sealed } = parseObject(line) ?? {}
  const complete =
    Number.isSafeInteger(revision) &&
    typeof target === 'string' &&
    typeof deleted === 'boolean' &&
    typeof sealed === 'string'
  return complete ? { revision: revision as number, target, deleted, sealed } : undefined
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** @param line counted from 1 */
export function damaged(file: string, line: number): Error {
  return new Error(`${file} is damaged at line ${line}. Restore it from a back-up.`)
}

function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
