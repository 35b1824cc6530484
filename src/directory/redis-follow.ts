import type { RedisConnection } from './redis-connection.ts'
import { REDIS_KEYS, readChange } from './redis-keys.ts'
import { LOOK } from './redis-scripts.ts'
import { type SealedChange, StoreLost, type StorePosition } from './store.ts'

/** Where the changes come from. */
export interface ChangeStream {
  readonly connection: RedisConnection
  /** How long one read waits for a change; between two such waits the store is looked at. */
  readonly blockMs: number
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
  let changes: readonly SealedChange[] = []
  const isStopped = (): boolean => signal.aborted
  while (!isStopped()) {
    for (const { revision } of changes) {
      applied += 1
      if (revision !== applied) throw trimmed(applied)
    }
    // Each time: on a stream that has vanished a read waits as quietly as on one at rest, and a new store
    // that grew fast may go on with just our next number.
    await checkContinued(stream, { epoch: position.epoch, revision: applied })
    if (isStopped()) return
    onChanges(changes)
    changes = await readChanges(stream, applied)
  }
}

/** Throws `StoreLost` unless the store still stands and has every change after `position`. */
async function checkContinued(
  { connection }: ChangeStream,
  { epoch, revision }: StorePosition,
): Promise<void> {
  const { head: headKey, records, changes } = REDIS_KEYS
  const [foundEpoch, head, next, deed] = await connection.run(
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
  if (Number(head) > revision && next !== `${revision + 1}-0`) throw trimmed(revision + 1)
}

async function readChanges({ connection, blockMs }: ChangeStream, applied: number): Promise<SealedChange[]> {
  const answer = await connection.run((redis) =>
    redis.xread('COUNT', READ_COUNT, 'BLOCK', blockMs, 'STREAMS', REDIS_KEYS.changes, `${applied}-0`),
  )
  return (answer?.[0]?.[1] ?? []).map(readChange)
}

function trimmed(revision: number): StoreLost {
  return new StoreLost('trimmed', `Redis no longer has change ${revision}.`)
}
