import type { Test } from 'tap'
import { type GatewayProgram, SALES_NUMBER, adminToken } from '../acceptance/processes.ts'
import { ask, until } from './replicas.ts'

/** How often a gateway is killed in each of the tests. */
export const ROUNDS = process.env['FAULTS_LARGE'] === undefined ? 6 : 12
const WRITERS = 3

/** What is known of a channel: its description, or `null` when it was removed. */
type State = string | null

/** What the answers have promised so far. */
export class Promises {
  readonly acknowledged = new Map<string, State>()
  /** What was asked for and not answered: it may have happened or not. */
  readonly open = new Map<string, State>()
  readonly requestIds: string[] = []

  /** The aliases whose state is none of those they may have. */
  broken(found: ReadonlyMap<string, State>): string[] {
    const aliases = new Set([...this.acknowledged.keys(), ...this.open.keys()])
    return [...aliases].filter((alias) => {
      const allowed = [this.acknowledged.get(alias) ?? null]
      if (this.open.has(alias)) allowed.push(this.open.get(alias) ?? null)
      return !allowed.includes(found.get(alias) ?? null)
    })
  }

  /** What was open is known now. */
  settle(found: ReadonlyMap<string, State>): void {
    for (const alias of this.open.keys()) this.acknowledged.set(alias, found.get(alias) ?? null)
    this.open.clear()
  }
}

/** Writes and removes channels of its own until an answer fails to come. */
async function writeUntilKilled(
  gateway: GatewayProgram,
  writer: string,
  promises: Promises,
  onDone: () => void,
): Promise<void> {
  for (let i = 0; ; i++) {
    const alias = `${writer}-${i % 7}`
    const removes = i % 5 === 4 && (promises.acknowledged.get(alias) ?? null) !== null
    const state = removes ? null : `written ${i} times, ${'and more '.repeat(i % 40)}`
    promises.open.set(alias, state)
    const requestId = `${writer}.${promises.requestIds.length}.${i}`
    const body = { account: 'acme', number: SALES_NUMBER, description: state ?? '' }
    const answer = await ask(
      gateway,
      removes ? 'DELETE' : 'PUT',
      `/v1/channels/${alias}`,
      removes ? undefined : body,
      {
        'x-request-id': requestId,
      },
    ).catch(() => undefined)
    if (answer === undefined || answer.status >= 300) return
    promises.open.delete(alias)
    promises.acknowledged.set(alias, state)
    promises.requestIds.push(requestId)
    onDone()
  }
}

/** Has changes written, and calls `kill` in their middle. Gives how many were acknowledged. */
export async function writeAndKill(
  gateway: GatewayProgram,
  round: number,
  promises: Promises,
  kill: () => Promise<unknown>,
): Promise<number> {
  // At another moment in each round.
  const enough = 10 + ((round * 37) % 60)
  let done = 0
  let killed: Promise<unknown> | undefined
  const onDone = (): void => {
    if (++done >= enough) killed ??= kill()
  }
  const writers = Array.from({ length: WRITERS }, (_, i) =>
    writeUntilKilled(gateway, `line-${'abc'[i] ?? ''}`, promises, onDone),
  )
  await Promise.all(writers)
  await killed
  return done
}

interface AuditItem {
  readonly id: string
  readonly action: string
  readonly requestId: string
}

/** Everything that was acknowledged is there, and nothing else. */
export async function lookAtAll(t: Test, gateway: GatewayProgram, promises: Promises): Promise<void> {
  const directory = await until(
    ({ body }) => body['state'] === 'current',
    () => ask(gateway, 'GET', '/v1/directory'),
  )
  t.match(directory.value.body, { unreadable: [] })
  const { body } = await ask(gateway, 'GET', '/v1/channels?limit=1000')
  const items = body['items'] as { alias: string; description: string }[]
  const found = new Map(items.map(({ alias, description }) => [alias, description] as const))
  t.same(promises.broken(found), [], 'every channel is as it was acknowledged')
  promises.settle(found)
  const headers = { authorization: `Bearer ${adminToken()}`, accept: 'application/jsonl' }
  const lines = (await (await fetch(`${gateway.admin}/v1/audit`, { headers })).text()).trimEnd().split('\n')
  const audit = lines.map((line) => JSON.parse(line) as AuditItem)
  const ids = new Set(audit.map(({ requestId }) => requestId))
  t.same(
    promises.requestIds.filter((id) => !ids.has(id)),
    [],
    'each acknowledged change is in the audit',
  )
  t.same(
    audit.map(({ id }) => Number(id)),
    Array.from({ length: Number(directory.value.body['revision']) }, (_, i) => i + 1),
    'which has every revision once',
  )
  t.same(
    audit.filter(({ action }) => action === 'unreadable'),
    [],
  )
}
