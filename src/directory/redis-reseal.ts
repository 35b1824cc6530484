import type { RedisConnection } from './redis-connection.ts'
import { REDIS_KEYS, WORK_KEPT_MS, printRecord, readChange, readRecord, workKey } from './redis-keys.ts'
import { COPY_CHANGES, RESEAL_RECORDS, SWAP_CHANGES } from './redis-scripts.ts'
import { type Reseal, type SealedChange, StoreLost } from './store.ts'

const BATCH = 200
/** How often the copy of the stream is begun again, or caught up with those who keep committing. */
const MOST_TRIES = 1_000

/** `DirectoryStore.reseal` in Redis: records one by one where they stand, the stream by a copy that takes its place. */
export async function resealRedis(connection: RedisConnection, reseal: Reseal): Promise<void> {
  await resealRecords(connection, reseal)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    if (!(await anyChangeNeedsIt(connection, reseal))) return
    if (await changesResealed(connection, reseal)) return
  }
  throw new Error('The history of changes could not be sealed anew, as others keep changing it: try again.')
}

async function resealRecords(connection: RedisConnection, { again }: Reseal): Promise<void> {
  for await (const records of scanRecords(connection)) {
    const replaced = records.flatMap((record) => {
      const sealed = again(record, 'record')
      return sealed === undefined
        ? []
        : [record.target, printRecord(record), printRecord({ ...record, sealed })]
    })
    if (replaced.length === 0) continue
    await connection.run((redis) => redis.eval(RESEAL_RECORDS, 1, REDIS_KEYS.records, ...replaced))
  }
}

/** All records, in pieces; one perhaps twice. */
export async function* scanRecords(connection: RedisConnection): AsyncGenerator<SealedChange[]> {
  let cursor = '0'
  do {
    const [next, fields] = await connection.run((redis) =>
      redis.hscan(REDIS_KEYS.records, cursor, 'COUNT', BATCH),
    )
    const records: SealedChange[] = []
    for (let i = 0; i + 1 < fields.length; i += 2) {
      records.push(readRecord(fields[i] ?? '', fields[i + 1] ?? ''))
    }
    yield records
    cursor = next
  } while (cursor !== '0')
}

async function anyChangeNeedsIt(connection: RedisConnection, { again }: Reseal): Promise<boolean> {
  let needed = false
  for await (const changes of readChanges(connection, 0)) {
    for (const change of changes) if (again(change, 'history') !== undefined) needed = true
  }
  return needed
}

/** The changes after a revision, in pieces. */
async function* readChanges(connection: RedisConnection, after: number): AsyncGenerator<SealedChange[]> {
  let last = after
  for (;;) {
    const entries = await connection.run((redis) =>
      redis.xrange(REDIS_KEYS.changes, `${last + 1}-0`, '+', 'COUNT', BATCH),
    )
    const changes = entries.map(readChange)
    if (changes.length > 0) yield changes
    // No look for more after a short piece: while others keep writing there would be no end.
    if (changes.length < BATCH) return
    last = changes.at(-1)?.revision ?? last
  }
}

/** `false` when the copy went away meanwhile: another rotation put it in place. */
async function changesResealed(connection: RedisConnection, reseal: Reseal): Promise<boolean> {
  const epoch = (await connection.run((redis) => redis.hget(REDIS_KEYS.head, 'epoch'))) ?? ''
  const copy = workKey(`changes:${epoch}:${reseal.name}`)
  let last = await lastOf(connection, copy)
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    for await (const changes of readChanges(connection, last)) {
      if (!(await areCopied(connection, copy, { changes, last, reseal }))) return false
      last = changes.at(-1)?.revision ?? last
    }
    const answer = await connection.run((redis) =>
      redis.eval(SWAP_CHANGES, 3, REDIS_KEYS.head, REDIS_KEYS.changes, copy, epoch, last, BATCH),
    )
    if (answer === 'replaced')
      throw new StoreLost('replaced', 'The directory in Redis was replaced meanwhile.')
    if (answer !== 'behind') return answer === 'done'
  }
  return false
}

/** How far a copy is that was broken off. */
async function lastOf(connection: RedisConnection, copy: string): Promise<number> {
  const [entry] = await connection.run((redis) => redis.xrevrange(copy, '+', '-', 'COUNT', 1))
  return entry === undefined ? 0 : readChange(entry).revision
}

async function areCopied(
  connection: RedisConnection,
  copy: string,
  { changes, last, reseal }: { changes: readonly SealedChange[]; last: number; reseal: Reseal },
): Promise<boolean> {
  const args = changes.flatMap((change) => [
    `${change.revision}-0`,
    reseal.again(change, 'history') ?? change.sealed,
  ])
  const answer = await connection.run((redis) =>
    redis.eval(COPY_CHANGES, 2, copy, REDIS_KEYS.changes, WORK_KEPT_MS, last, ...args),
  )
  return answer === 'done'
}
