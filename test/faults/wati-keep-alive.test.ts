import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { callerToken, startBefore } from '../helpers/running-gateway.ts'
import type { ClosingWatiTold } from './closing-wati.ts'

/*
 * FAULTS_LARGE=1 sends as many requests as the promise speaks of: 100,000.
 */
const REQUESTS = process.env['FAULTS_LARGE'] === undefined ? 2_000 : 100_000
const WORKERS = 20
/** Under 1 in 10,000; but the first end of all, from which the gateway learns, may meet a request. */
const MOST_FAILED = Math.max(1, REQUESTS / 10_000 - 1)

t.test('a server that closes idle connections at random costs no POST, and doubles none', async (t) => {
  const wati = await startClosingWati(t)
  const { gateway } = await startBefore(t, `http://127.0.0.1:${wati.port}`, { LOG_LEVEL: 'warn' })
  const agent = new Agent({ connections: WORKERS })
  t.teardown(() => agent.destroy())
  const failed: string[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < REQUESTS) {
      const id = String(next++)
      const { statusCode, body } = await agent.request({
        ...{ origin: gateway.dataUrl, method: 'POST', path: '/channels/sales/api/v1/updateChatStatus' },
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ id }),
      })
      const text = await body.text()
      if (statusCode !== 200) failed.push(`${id}: ${statusCode} ${text}`)
      // Idle for a while, as connections are.
      if (Math.random() < 0.5) await sleep(Math.random() * 20)
    }
  }
  const token = callerToken({ exp: Math.floor(Date.now() / 1_000) + 3_600 })
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: WORKERS }, work))
  const tookMs = Math.round(performance.now() - startedAt)

  const { ids = [], closed, connections } = await wati.ask()
  t.comment({ requests: REQUESTS, failed: failed.length, closed, connections, tookMs })
  t.ok(Number(closed) > REQUESTS / 100, 'connections were closed while they were idle')
  t.strictSame(
    ids.filter(([, times]) => times > 1),
    [],
    'none was doubled',
  )
  t.ok(failed.length <= MOST_FAILED, `at most ${MOST_FAILED} failed: ${failed.join('\n')}`)
  t.ok(ids.length >= REQUESTS - failed.length, 'all others arrived')
})

interface ClosingWati {
  readonly port: number
  ask(): Promise<ClosingWatiTold>
}

async function startClosingWati(t: Test): Promise<ClosingWati> {
  const path = fileURLToPath(new URL('closing-wati.ts', import.meta.url))
  // Without the environment: NODE_OPTIONS holds what tap puts into every process.
  const child = fork(path, { env: { PATH: process.env['PATH'] }, execArgv: ['--import=tsx'] })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const { port = 0 } = await heard(child)
  return {
    port,
    async ask() {
      const told = heard(child)
      child.send('tell')
      return await told
    },
  }
}

async function heard(child: ChildProcess): Promise<ClosingWatiTold> {
  const [told] = (await once(child, 'message')) as [ClosingWatiTold]
  return told
}
