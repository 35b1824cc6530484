import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Agent, setGlobalDispatcher } from 'undici'
import { soak } from './course.ts'
import { mistakesOf, tableOf } from './report.ts'
import { startScene } from './scene.ts'
import { TearDowns } from './tear-downs.ts'

/*
 * `npm run soak`: two gateways under load for a long time, while one thing after the other breaks at random. It ends
 * with a table, and with exit code 1 when anything was not as it should be. See docs/operations.md.
 */

const { values: given } = parseArgs({
  options: { seconds: { type: 'string' }, rate: { type: 'string' }, seed: { type: 'string' } },
})
const seconds = Number(given.seconds ?? process.env['SOAK_SECONDS'] ?? 600)
const perSecond = Number(given.rate ?? process.env['SOAK_RATE'] ?? 50)
const seed = Number(given.seed ?? process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** Gets what the gateways log beside their usual lines, and when each fault began and ended. */
const logFile = process.env['SOAK_LOG']

if (![seconds, perSecond, seed].every((value) => value > 0)) {
  console.error('--seconds, --rate and --seed are numbers above 0.')
  process.exit(64)
}

const log = (line: string): void => {
  if (logFile !== undefined) appendFileSync(logFile, `${new Date().toISOString()} ${line}\n`)
}
const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
  log(line)
}

// What the gateways keep open in quiet would else be the soak's own connections.
setGlobalDispatcher(new Agent({ keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 }))

const tearDowns = new TearDowns()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
try {
  say(`soak for ${seconds} s with ${perSecond} requests a second, SOAK_SEED=${seed}`)
  const scene = await startScene(tearDowns, seed, log)
  const result = await soak(scene, { seconds, perSecond, seed, say, stopped: stop.signal })
  say(tableOf(result))
  process.exitCode = mistakesOf(result).length === 0 ? 0 : 1
} finally {
  await tearDowns.run()
}
process.exit()
