import type { RedisConnection } from './redis-connection.ts'
import { REDIS_KEYS, WORK_KEPT_MS, printRecord, workKey } from './redis-keys.ts'
import { RESEED } from './redis-scripts.ts'
import type { NewLife, SealedChange } from './store.ts'

/** `DirectoryStore.reseed` in Redis: the records are gathered under another name, then everything is put in place at once. */
export async function reseedRedis(
  connection: RedisConnection,
  life: NewLife,
  records: Iterable<readonly SealedChange[]>,
): Promise<'reseeded' | 'occupied'> {
  const gathered = workKey(`records:${life.epoch}`)
  const found = (await connection.run((redis) => redis.hget(REDIS_KEYS.head, 'epoch'))) ?? ''
  let count = 0
  for (const batch of records) {
    const fields = batch.flatMap((record) => [record.target, printRecord(record)])
    if (fields.length === 0) continue
    await connection.run((redis) => redis.hset(gathered, ...fields))
    await connection.run((redis) => redis.pexpire(gathered, WORK_KEPT_MS))
    count += batch.length
  }
  const { head, records: inPlace, changes } = REDIS_KEYS
  const args = [found, life.lost, life.epoch, life.revision, count, life.deed]
  const answer = await connection.run((redis) =>
    redis.eval(RESEED, 4, head, inPlace, changes, gathered, ...args),
  )
  if (answer === 'reseeded') return 'reseeded'
  await connection.run((redis) => redis.unlink(gathered))
  return 'occupied'
}
