import { all } from './api.ts'
import type { Fields } from './directory-file.ts'
import { type Kind, SECTIONS } from './record-kind.ts'
import type { Server } from './server.ts'

/** A record as the gateway has it. */
export type ExistingRecord = Fields & { readonly revision: number }

/** The records there are, by name. */
export type Existing = Readonly<Record<Kind, ReadonlyMap<string, ExistingRecord>>>

/** All accounts and channels of the gateway. */
export async function readExisting(server: Server): Promise<Existing> {
  const [account, channel] = await Promise.all([
    readRecords(server, 'account'),
    readRecords(server, 'channel'),
  ])
  return { account, channel }
}

async function readRecords(server: Server, kind: Kind): Promise<ReadonlyMap<string, ExistingRecord>> {
  const records = await all<ExistingRecord>(server, `/v1/${SECTIONS[kind]}`)
  return new Map(records.map((one) => [String(one['id'] ?? one['alias']), one]))
}
