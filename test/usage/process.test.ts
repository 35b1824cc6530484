import t, { type Test } from 'tap'
import {
  type GatewayProgram,
  askAdmin,
  setUp,
  startGateway,
  startSandbox,
  token,
} from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'

const KEYS = `k:${Buffer.alloc(32, 1).toString('base64')}`

async function countOf(gateway: GatewayProgram): Promise<number> {
  const { status, body } = await askAdmin(gateway, 'GET', '/v1/usage')
  if (status !== 200) throw new Error(JSON.stringify(body))
  return (body['items'] as { count: number }[]).reduce((sum, { count }) => sum + count, 0)
}

interface Load {
  /** When each answer had arrived, in ms. */
  readonly answers: readonly number[]
  /** Resolves when so many answers were seen. */
  answered(count: number): Promise<void>
  /** Resolves when no request is under way any more; none begins after the gateway has gone. */
  readonly ended: Promise<void>
}

/** Calls until the gateway no longer answers, eight at a time. */
function startLoad(gateway: GatewayProgram): Load {
  const answers: number[] = []
  const authorization = `Bearer ${token({ sub: 'shop', channels: ['*'], scope: 'templates:read' })}`
  let wake: () => void = () => undefined
  const work = async (): Promise<void> => {
    for (;;) {
      try {
        const answer = await fetch(`${gateway.data}/channels/sales/api/v1/getMessageTemplates`, {
          headers: { authorization },
        })
        await answer.arrayBuffer()
        answers.push(performance.now())
        wake()
      } catch {
        return
      }
    }
  }
  return {
    answers,
    async answered(count) {
      while (answers.length < count) await new Promise<void>((resolve) => (wake = resolve))
    },
    ended: Promise.all(Array.from({ length: 8 }, work)).then(() => undefined),
  }
}

const STORES = ['the embedded store', 'Redis'] as const

async function settingsFor(
  t: Test,
  store: (typeof STORES)[number],
  wati: string,
): Promise<Record<string, string>> {
  const common = { WATI_HOSTS: wati, DATA_DIR: t.testdir(), LOG_LEVEL: 'info' }
  if (store === 'the embedded store') return common
  return { ...common, REDIS_TIMEOUT_MS: '5000', REDIS_URL: (await startRedis(t)).url, ENCRYPTION_KEYS: KEYS }
}

for (const store of STORES) {
  t.test(`${store}: a polite end under load loses no count`, async (t) => {
    const wati = await startSandbox(t)
    const settings = await settingsFor(t, store, wati)
    const gateway = await startGateway(t, settings)
    await setUp(gateway, wati)
    const load = startLoad(gateway)
    await load.answered(300)
    t.equal(await gateway.stop('SIGTERM'), 0)
    await load.ended
    const again = await startGateway(t, settings)
    const counted = await countOf(again)
    t.ok(counted >= load.answers.length, `${counted} counted, ${load.answers.length} answered`)
    t.ok(counted <= load.answers.length + 8, 'and none twice')
  })

  t.test(`${store}: a crash under load loses at most the last second`, async (t) => {
    const wati = await startSandbox(t)
    const settings = await settingsFor(t, store, wati)
    const gateway = await startGateway(t, settings)
    await setUp(gateway, wati)
    const load = startLoad(gateway)
    await load.answered(1)
    const end = performance.now() + 3_300
    while (performance.now() < end) await load.answered(load.answers.length + 1)
    const killedAt = performance.now()
    t.equal(await gateway.stop('SIGKILL'), 'SIGKILL')
    await load.ended
    const counted = await countOf(await startGateway(t, settings))
    // The second is that between two writes; a busy machine may be late with the write itself.
    const lateMs = 500
    const before = load.answers.filter((at) => at < killedAt - 1_000 - lateMs).length
    t.ok(counted >= before, `${counted} counted, ${before} answered more than a second before the end`)
    t.ok(counted <= load.answers.length + 8, `${load.answers.length} answered: none was counted twice`)
    const lost = load.answers.length - counted
    const lostMs = lost <= 0 ? 0 : killedAt - (load.answers[counted] ?? killedAt)
    t.comment(`lost ${lost} of ${load.answers.length}, those of the last ${Math.round(lostMs)} ms`)
  })
}
