import type { RedisConnection } from './redis-connection.ts'
import { REDIS_KEYS } from './redis-keys.ts'
import { ANNOUNCE, REPLICAS } from './redis-scripts.ts'
import type { AnnouncedReplica, Announcement } from './store.ts'

export async function announceInRedis(
  connection: RedisConnection,
  { id, ...rest }: Announcement,
  forgottenMs: number,
): Promise<void> {
  await connection.run((redis) =>
    redis.eval(ANNOUNCE, 1, REDIS_KEYS.replicas, id, JSON.stringify(rest), forgottenMs),
  )
}

export async function withdrawFromRedis(connection: RedisConnection, id: string): Promise<void> {
  await connection.run((redis) => redis.hdel(REDIS_KEYS.replicas, id))
}

export async function replicasInRedis(
  connection: RedisConnection,
  forgottenMs: number,
): Promise<{ head: number; items: AnnouncedReplica[] }> {
  const [head, now, flat] = await connection.run(
    (redis) =>
      redis.eval(REPLICAS, 2, REDIS_KEYS.head, REDIS_KEYS.replicas) as Promise<
        [string | null, string, string[]]
      >,
  )
  const items: AnnouncedReplica[] = []
  const forgotten: string[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const [id = '', value = ''] = flat.slice(i, i + 2)
    const replica = readReplica(id, value, Number(now) - forgottenMs)
    if (replica === undefined) forgotten.push(id)
    else items.push(replica)
  }
  if (forgotten.length > 0) await connection.run((redis) => redis.hdel(REDIS_KEYS.replicas, ...forgotten))
  return { head: Number(head ?? 0), items }
}

/** `undefined` for one that is to be forgotten: not seen since, or not written by a gateway. */
function readReplica(id: string, value: string, since: number): AnnouncedReplica | undefined {
  const [, seen, json = ''] = /^(\d{13}) (\{.*)$/s.exec(value) ?? []
  if (seen === undefined || Number(seen) < since) return undefined
  try {
    const said = JSON.parse(json) as Partial<Announcement>
    const { epoch, revision, appliedAt, address, keys } = said
    if (typeof epoch !== 'string' || typeof appliedAt !== 'string' || typeof address !== 'string')
      return undefined
    if (!Number.isSafeInteger(revision) || !Array.isArray(keys)) return undefined
    const seenAt = new Date(Number(seen)).toISOString()
    return { id, epoch, revision: revision as number, appliedAt, address, keys: keys.map(String), seenAt }
  } catch {
    return undefined
  }
}
