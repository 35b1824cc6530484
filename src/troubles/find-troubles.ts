import type { DirectoryReader } from '../directory/directory.ts'
import type { Account } from '../domain/account.ts'
import type { Finding } from '../finding.ts'
import { expiredTokens, rejectedTokens, unreadTokens } from './account-tokens.ts'
import { type NearQuota, quotasOfAccounts, quotasOfChannels } from './quotas.ts'
import { directoryNotCurrent, unreadableRecords } from './records.ts'
import { redisSettings } from './redis-settings.ts'
import { replicasBehind, replicasSilent } from './replicas.ts'
import type { StoreView } from './store-view.ts'
import { pacingAlone, storeAway } from './store.ts'
import type { Rejection } from './token-rejections.ts'
import { type Trouble, worstOf } from './trouble.ts'
import { type Breakers, watiDown } from './wati-down.ts'

/** All that is looked at for troubles; nothing in it is waited for any more. */
export interface TroubleParts extends Breakers {
  readonly now: Date
  readonly directory: Pick<DirectoryReader, 'state' | 'accounts' | 'unreadable'>
  /** Since when the directory is in its state; `undefined` when that was not seen. */
  readonly stateSince: Date | undefined
  readonly store: StoreView
  /** `TOKEN_EXPIRY_WARNING_DAYS` */
  readonly tokenWarningDays: number
  /** Why the token of an account cannot be read where `tokenFrom` says. */
  readonly tokenTrouble: (account: string) => string | undefined
  readonly rejectionOf: (account: Account) => Rejection | undefined
  /** How many calls of this month an account has used. */
  readonly callsOf: (account: string) => number
  readonly channelsNearQuota: readonly NearQuota[]
  /** Does this replica keep to its own share of Wati's limits? */
  readonly isAlone: boolean
  /** What was found of Redis at the last look; nothing when it was not reached. */
  readonly redis: readonly Finding[]
}

/** Everything that can be wrong, one function each. What else can break joins the list. */
const SOURCES: readonly ((parts: TroubleParts) => Iterable<Trouble>)[] = [
  directoryNotCurrent,
  unreadableRecords,
  storeAway,
  replicasSilent,
  replicasBehind,
  redisSettings,
  pacingAlone,
  expiredTokens,
  unreadTokens,
  rejectedTokens,
  watiDown,
  quotasOfAccounts,
  quotasOfChannels,
]

/** What is wrong now, the worst first; an empty list when all is well. */
export function findTroubles(parts: TroubleParts): Trouble[] {
  return worstOf(all(parts))
}

function* all(parts: TroubleParts): Generator<Trouble> {
  for (const find of SOURCES) yield* find(parts)
}
