import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import { SettingsSchema, type Settings } from '../settings-schema.ts'
import { openCopy } from './copy.ts'
import { Directory } from './directory.ts'
import { type Follower, followStore } from './follower.ts'
import { openStore } from './open-store.ts'
import { Replica } from './replica.ts'
import { Rotation } from './rotation.ts'
import type { Seal } from './seal.ts'
import type { DirectoryStore } from './store.ts'
import { type TokenReader, makeTokenReader } from './token-reader.ts'
import { TokenWatch } from './token-watch.ts'
import { TokensElsewhere } from './tokens-elsewhere.ts'
import { type DirectoryWriter, makeWriter } from './writer.ts'

/** How long a write waits until its own process has applied it; a change is in force within a second. */
const APPLY_MS = 1_000

export interface StartedDirectory {
  readonly directory: Directory
  readonly store: DirectoryStore
  readonly seal: Seal
  readonly writer: DirectoryWriter
  readonly rotation: Rotation
  readonly tokenReader: TokenReader
  /** Why the token of an account cannot be read where `tokenFrom` says; `undefined` when it can. */
  tokenTrouble(account: string): string | undefined
  /** Begins to load and to follow. Not before: while a process compiles its routes, it is deaf to the store. */
  follow(): void
  /** From now on the store tells the others about this replica, under this address. */
  announceAs(address: string): void
  readonly stop: () => Promise<void>
}

/** Opens the store, and makes what keeps the picture in memory current. */
export async function startDirectory(
  settings: Settings,
  log: Logger,
  variable: (name: string) => string | undefined,
): Promise<StartedDirectory> {
  const { store, seal } = await openStore(settings, log)
  const directory = new Directory()
  const tokenReader = makeTokenReader({ variable, ...ownSecrets(settings) })
  const elsewhere = new TokensElsewhere({ directory, reader: tokenReader, log })
  let [replica, follower]: [Replica | undefined, Follower | undefined] = [undefined, undefined]
  const { TOKEN_FILE_CHECK_MS: everyMs, TOKEN_EXPIRY_WARNING_DAYS: warningDays } = settings
  const watch = new TokenWatch({ directory, elsewhere, log, everyMs, warningDays })
  const rotation = new Rotation({ store, seal, log })
  const fill = (account: Account): Account => elsewhere.filled(account)
  const copy = openCopy(settings, { directory, seal, log, fill })
  return {
    ...{ directory, store, seal, rotation, tokenReader },
    writer: makeWriter({ store, directory, seal, applyTimeoutMs: APPLY_MS }),
    tokenTrouble: (account) => elsewhere.troubleOf(account),
    follow() {
      follower = followStore({
        ...{ store, directory, seal, log, copy, fill },
        onApplied: () => replica?.announce(),
      })
    },
    announceAs(address) {
      replica = new Replica({ ...{ store, directory, log, address }, id: randomUUID(), keys: seal.keys })
      replica.announce()
      watch.look()
    },
    async stop() {
      watch.stop()
      await replica?.leave()
      await follower?.stop()
      await copy?.close()
      await store.close()
      await rotation.ended()
    },
  }
}

/** What `tokenFrom` may not name. */
function ownSecrets(settings: Settings): { ownVariables: string[]; ownPaths: string[] } {
  const { DATA_DIR, JWT_PUBLIC_KEYS } = settings
  return {
    ownVariables: [...Object.keys(SettingsSchema.properties), 'WATI_GATEWAY_TOKEN'],
    ownPaths: [DATA_DIR, ...(JWT_PUBLIC_KEYS === undefined ? [] : [JWT_PUBLIC_KEYS])],
  }
}
