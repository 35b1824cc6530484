import type { RedisConnection } from './redis-connection.ts'
import { REDIS_KEYS, type StreamEntry, markOf, readChange } from './redis-keys.ts'
import { LOOK } from './redis-scripts.ts'
import { type SealedChange, StoreLost, type StorePosition } from './store.ts'

/** Where the changes come from. */
export interface ChangeStream {
  readonly connection: RedisConnection
  /** How long one read waits for a change; between two such waits the store is looked at. */
  readonly blockMs: number
  readonly lastSeen: LastSeen
}

/** The last change that was handed over, and its mark: remembered from one connection to the next. */
export interface LastSeen {
  revision: number
  mark: string
}

const READ_COUNT = 500

/** Reads the stream as `DirectoryStore.follow` says, until `signal` aborts or something throws. */
export async function followStream(
  stream: ChangeStream,
  position: StorePosition,
  onChanges: (changes: readonly SealedChange[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let applied = position.revision
  let entries: readonly StreamEntry[] = []
  const isStopped = (): boolean => signal.aborted
  while (!isStopped()) {
    const changes = entries.map(readChange)
    for (const { revision } of changes) {
      applied += 1
      if (revision !== applied) throw trimmed(applied)
    }
    const last = entries.at(-1)
    if (last !== undefined) Object.assign(stream.lastSeen, { revision: applied, mark: markOf(last) })
    // Each time: on a stream that has vanished a read waits as quietly as on one at rest, and a new store
    // that grew fast may go on with just our next number.
    await checkContinued(stream, { epoch: position.epoch, revision: applied })
    if (isStopped()) return
    onChanges(changes)
    entries = await readEntries(stream, applied)
  }
}

/** Throws `StoreLost` unless the store still stands and has every change after `position`. */
async function checkContinued(
  { connection, lastSeen }: ChangeStream,
  { epoch, revision }: StorePosition,
): Promise<void> {
  const { head: headKey, records, changes } = REDIS_KEYS
  const [foundEpoch, head, next, deed, mark] = await connection.run(
    (redis) => redis.eval(LOOK, 3, headKey, records, changes, revision) as Promise<(string | null)[]>,
  )
  if (foundEpoch !== epoch) {
    const successor = foundEpoch && deed ? { epoch: foundEpoch, deed } : undefined
    throw new StoreLost(
      'replaced',
      'The directory in Redis is gone or another one took its place.',
      successor,
    )
  }
  if (!(Number(head) >= revision)) {
    throw new StoreLost('replaced', `The directory in Redis went back to revision ${head} from ${revision}.`)
  }
  // A Redis that failed over may have lost the last changes, and given their numbers to others since.
  if (mark && lastSeen.mark !== '' && lastSeen.revision === revision && mark !== lastSeen.mark) {
    throw new StoreLost('replaced', `The directory in Redis has another change ${revision} than was applied.`)
  }
  if (Number(head) > revision && next !== `${revision + 1}-0`) throw trimmed(revision + 1)
}

async function readEntries({ connection, blockMs }: ChangeStream, applied: number): Promise<StreamEntry[]> {
  const answer = await connection.run((redis) =>
    redis.xread('COUNT', READ_COUNT, 'BLOCK', blockMs, 'STREAMS', REDIS_KEYS.changes, `${applied}-0`),
  )
  return answer?.[0]?.[1] ?? []
}

function trimmed(revision: number): StoreLost {
  return new StoreLost('trimmed', `Redis no longer has change ${revision}.`)
}
