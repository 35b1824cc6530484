import { type Entry, sealEntry } from '../../src/directory/entry.ts'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { makeSeal } from '../../src/directory/seal.ts'
import type { DirectoryStore, SealedChange } from '../../src/directory/store.ts'
import { Secret } from '../../src/domain/secret.ts'
import { TENANT, WATI_TOKEN } from '../acceptance/processes.ts'

const BATCH = 1_000

interface Filling {
  /** The key ring that seals. */
  readonly keys: string
  readonly channels: number
  /** The account's `baseUrl`. */
  readonly wati: string
  /** What Wati gave the account. */
  readonly token?: string
  /** The account's own, beside those of its plan. */
  readonly limits?: Readonly<Record<string, null>>
}

/** The number of the channel `line-<i>`. */
export const numberOf = (i: number): string => String(5_500_000_000_000 + i)

/** The changes that make an account and many channels, `line-0`, `line-1`, …, as gateways would write them. */
export function* changesOf({
  keys,
  channels,
  wati,
  token = WATI_TOKEN,
  limits,
}: Filling): Generator<SealedChange> {
  const seal = makeSeal(keys)
  const at = new Date().toISOString()
  const actor = { sub: 'importer', jti: '9f3a2c1e-0000-4000-8000-000000000000', address: '10.0.0.1' }
  const told = { at, actor, requestId: '9f3a2c1e-0000-4000-8000-000000000001' }
  const account = { tenantId: TENANT, baseUrl: wati, token: new Secret(token), tokenUpdatedAt: at }
  const first: Entry = {
    ...{ ...told, kind: 'account', id: 'acme', action: 'account.create', changes: [] },
    record: { id: 'acme', ...account, plan: 'pro', ...(limits && { limits }) },
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

function* batchesOf<T>(items: Iterable<T>): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Writes them into an empty Redis, one change each, so that all are in the history. */
export async function fillRedis({ url }: { readonly url: string }, filling: Filling): Promise<void> {
  const store = storeAt(url)
  const { epoch } = await store.load(() => undefined)
  for (const batch of batchesOf(changesOf(filling))) {
    // They leave on one connection, so they arrive in their order.
    const results = await Promise.all(batch.map((change) => store.commit(epoch, change)))
    if (results.includes('moved')) throw new Error('Redis was not empty')
  }
  await store.close()
}

/** Writes them into an empty Redis as records without a history, as a directory that was written back: much faster. */
export async function fillRedisAtOnce({ url }: { readonly url: string }, filling: Filling): Promise<void> {
  const store = storeAt(url)
  const life = { epoch: 'filled-by-a-test', revision: filling.channels + 1, lost: '', deed: '' }
  const result = await store.reseed(life, batchesOf(changesOf(filling)))
  if (result !== 'reseeded') throw new Error('Redis was not empty')
  await store.close()
}

function storeAt(url: string): DirectoryStore {
  const address = readRedisAddress({ REDIS_URL: url, REDIS_SENTINEL_NAME: '' })
  if (address === undefined) throw new Error(`no address: ${url}`)
  const options = { commandTimeoutMs: 30_000, changesKept: 1_000_000, replicaForgottenMs: 60_000 }
  return openRedisStore({ address, ...options })
}
