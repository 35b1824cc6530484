import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import type { Test } from 'tap'
import { type CopyParts, DirectoryCopy } from '../../src/directory/copy.ts'
import { Directory, type DirectoryState } from '../../src/directory/directory.ts'
import { followStore } from '../../src/directory/follower.ts'
import type { OpenedChange, Picture } from '../../src/directory/picture.ts'
import { generateKey, makeSeal, type Seal } from '../../src/directory/seal.ts'
import type { DirectoryStore, StorePosition } from '../../src/directory/store.ts'
import { type DirectoryWriter, makeWriter } from '../../src/directory/writer.ts'
import type { Account } from '../../src/domain/account.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { accountEntry, channelEntry } from './entries.ts'

/** Where time is not the subject: the machine may be busy. */
const PATIENCE_MS = 20_000

/** A directory that remembers what was done to it. */
export class RecordingDirectory extends Directory {
  /** The revisions of the changes that were applied, in the order in which they were. */
  readonly applied: number[] = []
  /** Where it stood after each whole picture it was given. */
  readonly replaced: StorePosition[] = []

  override apply(change: OpenedChange): void {
    super.apply(change)
    this.applied.push(change.revision)
  }

  override replace(position: StorePosition, picture: Picture): void {
    super.replace(position, picture)
    this.replaced.push(position)
  }
}

export interface Following {
  readonly directory: RecordingDirectory
  readonly writer: DirectoryWriter
  readonly log: CapturedLog
  readonly seal: Seal
  /** Waits until the store was heard of and this is so. */
  until(what: string, isSo: (directory: Directory) => boolean): Promise<void>
  untilState(state: DirectoryState): Promise<void>
  stop(): Promise<void>
}

/** A replica without its planes: follows the store, and can write; with a copy on the disk. Ended on teardown. */
export function startFollowing(
  t: Test,
  store: DirectoryStore,
  seal: Seal,
  copyTo?: Pick<CopyParts, 'folder' | 'source' | 'everyMs'>,
): Following {
  const directory = new RecordingDirectory()
  const captured = new CapturedLog()
  const steps = new PassThrough({ objectMode: true }).setMaxListeners(0)
  const log = pino({ level: 'info' }, { write: (text: string) => (captured.write(text), steps.emit('step')) })
  const fill = (account: Account): Account => account
  const copy = copyTo && new DirectoryCopy({ ...copyTo, ...{ directory, seal, log, fill } })
  const follower = followStore({
    ...{ store, directory, seal, log, copy, fill },
    onApplied: () => steps.emit('step'),
  })
  const stop = async (): Promise<void> => {
    await follower.stop()
    await copy?.close()
  }
  const until = async (what: string, isSo: (directory: Directory) => boolean): Promise<void> => {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    while (!isSo(directory)) {
      await once(steps, 'step', { signal }).catch(() => {
        throw new Error(`not in time: ${what} (${directory.state}, ${JSON.stringify(directory.position)})`)
      })
      // The state is set a moment after it is logged.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  t.teardown(stop)
  return {
    ...{ directory, log: captured, seal, until, stop },
    writer: makeWriter({ store, directory, seal, applyTimeoutMs: PATIENCE_MS }),
    untilState: async (state) => await until(state, (directory) => directory.state === state),
  }
}

export const newSeal = (): Seal => makeSeal(generateKey('k1'))

/** Writes the account acme and channels of it, `c0` and so on; gives the last revision. */
export async function writeChannels(writer: DirectoryWriter, count: number): Promise<number> {
  await writer.write(() => accountEntry('acme'))
  let last = 0
  for (let i = 0; i < count; i += 1) {
    last = (await writer.write(() => channelEntry(`c${i}`, { number: numberOf(i) }))).revision
  }
  return last
}

export const numberOf = (i: number): string => String(5_521_900_000_000 + i)

/** All that is in a picture, without the clear text of tokens. */
export function contentOf({ accounts, channels, tokens }: Directory): unknown {
  return [accounts, channels, tokens].map((records) =>
    [...records.after('')].map((record) => JSON.stringify(record)),
  )
}

/** The numbers from the first to the last. */
export const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
