import { type Contestant, type Name, TITLES, startContestant } from './contestants.ts'
import { compareLatency } from './latency.ts'
import { compareMemory } from './memory.ts'
import { nginxMissing } from './nginx.ts'
import { type Options, readOptions } from './options.ts'
import { compareReplicas } from './replicas.ts'
import { printReport, writeResults } from './report.ts'
import type { Result } from './result.ts'
import { faultOf, reachUpstream } from './rewritten.ts'
import { interleave } from './rounds.ts'
import { compare, contestantsOf } from './rows.ts'
import { type Scene, openScene } from './scene.ts'

/* `npm run bench`: the gateway beside its peers. The results are in RESULTS.md, with how they were measured. */

const say = (line: string): void => void process.stderr.write(`${line}\n`)

// So that what was started ends, too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const options = readOptions(process.argv.slice(2))
say(`the load: ${options.tool}; rounds: ${options.rounds} of ${options.seconds} s`)
const scene = await openScene()
try {
  const report = await measureAll(scene, options)
  process.stdout.write(printReport(report, options))
  if (options.isKept) writeResults(report, options)
} finally {
  await scene.close()
}

async function measureAll(scene: Scene, options: Options) {
  const contestants = await startAll(scene, contestantsOf(options.rows))
  const found = await interleave(contestants, { ...options, folder: scene.folder, say })
  const results: Result[] = []
  for (const row of options.rows) {
    if (row === 'latency') {
      results.push(...(await compareLatency(contestants, found, { ...options, folder: scene.folder, say })))
    } else if (row === 'memory') results.push(await compareMemory(scene, { ...options, say }))
    else if (row === 'replicas') results.push(await compareReplicas(scene, { ...options, say }))
    else results.push(compare(row, found))
  }
  return { results, found }
}

/** Starts them and looks whether what they send on is what they should; without nginx where there is none. */
async function startAll(scene: Scene, names: Iterable<Name>): Promise<Map<Name, Contestant>> {
  const started = new Map<Name, Contestant>()
  const missing = await nginxMissing(scene.folder)
  for (const name of names) {
    if (name.startsWith('nginx') && missing !== undefined) {
      say(`${TITLES[name]} is left out: ${missing}`)
      continue
    }
    const contestant = await startContestant(name, scene)
    const reached = await reachUpstream(contestant.load, scene.upstream)
    const { load, number } = contestant
    const fault = number === undefined ? undefined : faultOf(reached, load.body, number)
    if (fault !== undefined) throw new Error(`${TITLES[name]}: ${fault}`)
    if (number !== undefined) say(`${TITLES[name]}: the rewritten body reaches the upstream`)
    started.set(name, contestant)
  }
  return started
}
