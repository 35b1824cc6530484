import type { Redis } from 'ioredis'
import { type Entry, sealEntry } from '../../src/directory/entry.ts'
import { REDIS_KEYS, printRecord } from '../../src/directory/redis-keys.ts'
import { makeSeal } from '../../src/directory/seal.ts'
import type { SealedChange } from '../../src/directory/store.ts'
import { Secret } from '../../src/domain/secret.ts'
import { TENANT, WATI_TOKEN } from '../acceptance/processes.ts'

const BATCH = 1_000

interface Filling {
  /** The key ring that seals. */
  readonly keys: string
  readonly channels: number
  /** The account's `baseUrl`. */
  readonly wati: string
}

/** The number of the channel `line-<i>`. */
export const numberOf = (i: number): string => String(5_500_000_000_000 + i)

/** The changes that make an account and many channels, `line-0`, `line-1`, …, as gateways would write them. */
export function* changesOf({ keys, channels, wati }: Filling): Generator<SealedChange> {
  const seal = makeSeal(keys)
  const at = new Date().toISOString()
  const actor = { sub: 'importer', jti: '9f3a2c1e-0000-4000-8000-000000000000', address: '10.0.0.1' }
  const told = { at, actor, requestId: '9f3a2c1e-0000-4000-8000-000000000001' }
  const account = { tenantId: TENANT, baseUrl: wati, token: new Secret(WATI_TOKEN), tokenUpdatedAt: at }
  const first: Entry = {
    ...{ ...told, kind: 'account', id: 'acme', action: 'account.create', changes: [] },
    record: { id: 'acme', ...account, plan: 'pro' },
  }
  yield sealEntry(seal, first, 1)
  for (let i = 0; i < channels; i++) {
    const alias = `line-${i}`
    const fields = {
      ...{ account: 'acme', number: numberOf(i), enabled: true },
      ...{ description: `Business line number ${i}`, labels: { team: `team-${i % 50}` } },
    }
    const changes = Object.entries(fields).map(([field, to]) => ({ field, to }))
    const entry: Entry = {
      ...{ ...told, kind: 'channel', id: alias, action: 'channel.create', changes },
      record: { alias, ...fields },
    }
    yield sealEntry(seal, entry, i + 2)
  }
}

/** Puts them into an empty Redis, the last `history` of them into the stream of changes, too. */
export async function fillRedis(redis: Redis, filling: Filling, history: number): Promise<void> {
  let batch: SealedChange[] = []
  const last = filling.channels + 1
  const write = async (): Promise<void> => {
    const pipeline = redis.pipeline()
    pipeline.hset(REDIS_KEYS.records, ...batch.flatMap((change) => [change.target, printRecord(change)]))
    for (const { revision, target, sealed } of batch.filter(({ revision }) => revision > last - history)) {
      pipeline.xadd(REDIS_KEYS.changes, `${revision}-0`, 'target', target, 'deleted', '0', 'sealed', sealed)
    }
    await pipeline.exec()
    batch = []
  }
  for (const change of changesOf(filling)) {
    batch.push(change)
    if (batch.length === BATCH) await write()
  }
  if (batch.length > 0) await write()
  await redis.hset(REDIS_KEYS.head, { epoch: 'filled-by-a-test', revision: last, records: last })
}
