import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from './journal.ts'
import { changeLine, parseChange } from './journal-lines.ts'
import type { Seal } from './seal.ts'
import type { SealedChange, StorePosition } from './store.ts'

/*
 * A copy of the directory in a file: a line that says what it is a copy of, one line a record, sealed as in the
 * store, and a last line, the sealed hash of all before it. So a file that was cut, edited or put together out of
 * two is known from one that a gateway wrote; only an older one as a whole is as good as the newest.
 */

const FORMAT = 'wati-gateway-directory-copy'
const VERSION = 1
const BOUND = 'wati-gateway/directory/copy'
const END = '{"end":'
/** No line of ours is as long. */
const LONGEST_LINE = 4_194_304
const DRAFT = /^directory\.jsonl\.[0-9a-f]{8}\.new$/

/** What a copy is of, and how far it goes. */
export interface CopyHead extends StorePosition {
  /** Where the store was. */
  readonly source: string
  /** When it was taken, RFC 3339. */
  readonly at: string
}

export interface CopyContent {
  readonly head: CopyHead
  /** Sealed while it is written: a batch is held at a time. */
  readonly records: Iterable<readonly SealedChange[]>
  readonly seal: Seal
}

/** Is this the name of a file that a process left behind which was killed while it wrote? */
export const isDraft = (name: string): boolean => DRAFT.test(name)

/** Puts a copy in place of the one at `path`: after a crash one of the two is there, in full. Mode 0600. */
export async function writeCopy(path: string, { head, records, seal }: CopyContent): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await writeLines(file, { head, records, seal })
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
}

async function writeLines(file: FileHandle, { head, records, seal }: CopyContent): Promise<void> {
  const hash = createHash('sha256')
  // Each write is waited for: requests get their turn meanwhile, and a slow disk is not outrun.
  const put = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text)
    hash.update(bytes)
    await file.appendFile(bytes)
  }
  await put(`${JSON.stringify({ format: FORMAT, version: VERSION, ...head })}\n`)
  for (const batch of records) await put(batch.map(changeLine).join(''))
  await file.appendFile(`${END}${JSON.stringify(seal.seal(hash.digest('hex'), BOUND))}}\n`)
}

/**
 * Reads a copy, record by record; what was handed over counts only when this returns. `undefined` when there is no
 * file. Throws an `Error` that says why the copy cannot be used: it is damaged, or sealed with another key.
 */
export async function readCopy(
  path: string,
  seal: Seal,
  onRecord: (record: SealedChange) => void = () => undefined,
): Promise<CopyHead | undefined> {
  const file = await open(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return undefined
  const hash = createHash('sha256')
  let [head, end]: [CopyHead | undefined, string | undefined] = [undefined, undefined]
  for await (const line of linesOf(file)) {
    if (end !== undefined) throw damaged()
    if (line.startsWith(END)) {
      end = line
      continue
    }
    hash.update(`${line}\n`)
    if (head === undefined) head = readHead(line)
    else onRecord(parseChange(line) ?? fail(damaged()))
  }
  if (head === undefined || end === undefined) throw new Error('it is not whole')
  checkEnd(end, hash.digest('hex'), seal)
  return head
}

/** Whole lines only: what stands behind the last line break is none of ours. Closes the file. */
async function* linesOf(file: FileHandle): AsyncGenerator<string> {
  let rest = ''
  for await (const text of file.createReadStream({ encoding: 'utf8' })) {
    const lines = (rest + String(text)).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > LONGEST_LINE) throw damaged()
    yield* lines
  }
  if (rest !== '') throw new Error('it is not whole')
}

function readHead(line: string): CopyHead {
  const { format, version, epoch, revision, source, at } = parseObject(line)
  if (format !== FORMAT) throw damaged()
  if (version !== VERSION) throw new Error(`it has version ${JSON.stringify(version)}, not ${VERSION}`)
  if (typeof epoch !== 'string' || !Number.isSafeInteger(revision)) throw damaged()
  return { epoch, revision: revision as number, source: String(source), at: String(at) }
}

function checkEnd(line: string, digest: string, seal: Seal): void {
  const sealed = String(parseObject(line)['end'])
  const key = seal.keyOf(sealed)
  if (!seal.keys.includes(key)) throw new Error(`it is sealed with the key ${key}, not in ENCRYPTION_KEYS`)
  if (opened(seal, sealed) !== digest) throw damaged()
}

function opened(seal: Seal, sealed: string): string {
  try {
    return seal.open(sealed, BOUND)
  } catch {
    return 'it was sealed elsewhere'
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(line) as object) }
  } catch {
    throw damaged()
  }
}

const damaged = (): Error => new Error('it is damaged, or was edited')

function fail(error: Error): never {
  throw error
}
