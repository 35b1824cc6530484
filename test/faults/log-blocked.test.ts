import type { Readable } from 'node:stream'
import t from 'tap'
import { type GatewayProgram, setUp, startGateway, token } from '../acceptance/processes.ts'
import { folderOf } from '../helpers/folder.ts'
import { startHttpUpstream } from '../helpers/upstream.ts'
import { rounded } from './replicas.ts'

/** Nobody reads the log: requests must not notice. */

const CALLER = token({ sub: 'shop', channels: ['*'], scope: 'templates:read' })
/** Several times what the pipe, the reader and the gateway together can hold. */
const REQUESTS = 400
const WORKERS = 4

t.test('requests go on at the same speed while nobody reads the log', async (t) => {
  const wati = await startHttpUpstream(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":true}')
  })
  const gateway = await startGateway(t, {
    DATA_DIR: folderOf(t),
    WATI_HOSTS: wati.url,
    LOG_BUFFER_BYTES: '65536',
  })
  await setUp(gateway, wati.url)
  const stdout = gateway.process.stdout as Readable
  await send(gateway)

  const flowingMs = await send(gateway)
  stdout.pause()
  const blockedMs = [await send(gateway), await send(gateway)]
  const lost = await dropped(gateway)
  t.comment(
    `read: ${rounded(flowingMs)} ms, not read: ${blockedMs.map(rounded).join(', ')} ms, ${lost} dropped`,
  )
  t.ok(lost > 0, 'more was written than anybody can hold')
  // The better of two: the machine may have been busy with something else.
  t.ok(Math.min(...blockedMs) < 2 * flowingMs + 500, 'at the same speed')

  stdout.resume()
  const line = await gateway.line(/"alarm":"log-dropped"/)
  t.match(JSON.parse(line), { level: 'warn', dropped: lost })
  const wrote = gateway.lines.filter((one) => one.includes('"operation":"getMessageTemplates"')).length
  t.equal(wrote + lost, 4 * REQUESTS, 'every line was read or counted')

  stdout.pause()
  await send(gateway)
  const startedAt = performance.now()
  gateway.process.kill('SIGTERM')
  const [code] = await new Promise<unknown[]>((resolve) =>
    gateway.process.once('exit', (...how) => resolve(how)),
  )
  t.equal(code, 0, 'it stops politely')
  t.ok(performance.now() - startedAt < 10_000, 'and does not wait for a reader')
  stdout.resume()
})

/** Sends all requests; gives how long that took. */
async function send(gateway: GatewayProgram): Promise<number> {
  const startedAt = performance.now()
  let left = REQUESTS
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await fetch(`${gateway.data}/channels/sales/api/v1/getMessageTemplates`, {
        headers: { authorization: `Bearer ${CALLER}` },
      })
      await answer.text()
      if (answer.status !== 200) throw new Error(`status ${answer.status}`)
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  return performance.now() - startedAt
}

async function dropped(gateway: GatewayProgram): Promise<number> {
  const page = await (await fetch(`${gateway.admin}/metrics`)).text()
  return Number(/^wati_gateway_log_lines_dropped_total (\d+)$/m.exec(page)?.[1])
}
