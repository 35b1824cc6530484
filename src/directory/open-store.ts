import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Settings } from '../settings-schema.ts'
import { openFileStore } from './file-store.ts'
import { readRedisAddress } from './redis-address.ts'
import { openRedisStore } from './redis-store.ts'
import { type Seal, generateKey, makeSeal } from './seal.ts'
import type { DirectoryStore } from './store.ts'

export interface OpenedStore {
  readonly store: DirectoryStore
  readonly seal: Seal
}

/** Redis when one of its settings is set, else the embedded store; and the seal that makes its records safe. */
export async function openStore(settings: Settings, log: Logger): Promise<OpenedStore> {
  const { REDIS_TIMEOUT_MS, DATA_DIR, CHANGES_KEPT, ENCRYPTION_KEYS } = settings
  const address = readRedisAddress(settings)
  if (address === undefined) {
    const store = await openFileStore({ folder: DATA_DIR, changesKept: CHANGES_KEPT })
    try {
      const { head } = await store.replicas()
      return { store, seal: makeSeal(ENCRYPTION_KEYS ?? (await ownKey(DATA_DIR, head === 0))) }
    } catch (error) {
      await store.close()
      throw error
    }
  }
  // The settings are checked: with Redis there are keys.
  const seal = makeSeal(ENCRYPTION_KEYS ?? '')
  const onError = (error: Error): void => log.debug({ err: error }, 'the connection to Redis failed')
  const store = openRedisStore({
    address,
    commandTimeoutMs: REDIS_TIMEOUT_MS,
    connectTimeoutMs: REDIS_TIMEOUT_MS,
    changesKept: CHANGES_KEPT,
    replicaForgottenMs: settings.REPLICA_FORGOTTEN_MS,
    onError,
  })
  return { store, seal }
}

/** The embedded store's own key: made on the first start, readable by the owner only. */
async function ownKey(folder: string, isNew: boolean): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'encryption.key')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  if (!isNew) throw new Error(`${path} is gone, and nothing in ${folder} can be read without it: restore it`)
  const key = generateKey('embedded')
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${key}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  return key
}
