/*
 * A replica without its planes that writes to Redis until it is killed, or a write fails.
 * Prints the revision and the request id of each change once it was acknowledged. Arguments: the address of Redis,
 * the key ring, a name that the request ids begin with.
 */
import { pino } from 'pino'
import { Directory } from '../../src/directory/directory.ts'
import type { Entry } from '../../src/directory/entry.ts'
import { followStore } from '../../src/directory/follower.ts'
import { readRedisAddress } from '../../src/directory/redis-address.ts'
import { openRedisStore } from '../../src/directory/redis-store.ts'
import { makeSeal } from '../../src/directory/seal.ts'
import { makeWriter } from '../../src/directory/writer.ts'

const [url = '', keys = '', name = ''] = process.argv.slice(2)
const PATIENCE_MS = 5_000

try {
  const address = readRedisAddress({ REDIS_URL: url, REDIS_SENTINEL_NAME: 'mymaster' })
  if (address === undefined) throw new Error('no address')
  const store = openRedisStore({
    ...{ address, commandTimeoutMs: PATIENCE_MS, changesKept: 1_000_000, replicaForgottenMs: 60_000 },
  })
  const [directory, seal] = [new Directory(), makeSeal(keys)]
  const log = pino({ level: 'silent' })
  followStore({ ...{ store, directory, seal, log }, fill: (account) => account, onApplied: () => undefined })
  while (!(await directory.reached(0, PATIENCE_MS))) continue
  const writer = makeWriter({ store, directory, seal, applyTimeoutMs: PATIENCE_MS })
  for (let next = 1; ; next += 1) {
    const requestId = `${name}-${next}`
    const { revision } = await untilWritten(() => writer.write(() => entryOf(next, requestId)))
    console.log(`${revision} ${requestId}`)
  }
} catch (error) {
  console.log(`failed: ${String(error)}`)
  process.exit(1)
}

/** Tries again, as the refusal says, when others were faster all the time: then nothing was changed. */
async function untilWritten<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!/so nothing was changed\. Try again\.$/.test(String(error))) throw error
    }
  }
}

function entryOf(next: number, requestId: string): Entry {
  const alias = `c${next % 7}`
  const told = { at: new Date().toISOString(), actor: { sub: name, address: '::1' }, requestId, changes: [] }
  const removal = { ...told, kind: 'channel', id: alias, action: 'channel.delete', record: null } as const
  if (next % 11 === 0) return removal
  const record = { alias, account: 'acme', number: String(1_000_000 + next), enabled: true }
  return { ...removal, action: 'channel.update', record }
}
