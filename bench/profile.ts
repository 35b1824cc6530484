import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Shares, readProfile } from './cpu-profile.ts'
import { sentTo } from './contestants.ts'
import { oneChannel } from './gateways.ts'
import { findLoadTool, sendAllItTakes } from './load.ts'
import { LOAD_CORE } from './program.ts'
import { openScene } from './scene.ts'

/*
 * `npm run bench:profile`: where the time of the gateway goes under load. With the path of a `.cpuprofile`, it is only
 * summed up; without, the gateway runs for a while (`--cpu-prof`).
 */

const SECONDS = 13
const ROWS = 40

const [given] = process.argv.slice(2)
if (given === undefined) await profileGateway()
else print(given)

async function profileGateway(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'profile-'))
  const scene = await openScene(['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${folder}`])
  try {
    const gateway = await scene.once('gateway', () => oneChannel(scene, 'gateway'))
    const options = { tool: findLoadTool(), folder: scene.folder, core: LOAD_CORE }
    const { perSecond } = await sendAllItTakes(sentTo(gateway).load, SECONDS, options)
    // It writes its profile when it ends.
    await gateway.stop()
    process.stdout.write(`${perSecond.toFixed(0)} requests a second, while it was watched\n`)
    const [file] = readdirSync(folder)
    if (file === undefined) throw new Error('the gateway left no profile')
    print(join(folder, file))
  } finally {
    await scene.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function print(file: string): void {
  const { seconds, places, functions, onBehalf, inside } = readProfile(file)
  process.stdout.write(`${seconds.toFixed(1)} s of work under load\n`)
  printShares('By package (native code counts for its nearest caller)', places)
  printShares('By function', functions)
  printShares('By function of ours or of a package, with what Node does on its behalf', onBehalf)
  printShares('With all that a function calls', inside, 3 * ROWS)
}

function printShares(title: string, shares: Shares, rows = ROWS): void {
  const lines = [...shares]
    .slice(0, rows)
    .map(([name, share]) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}\n`)
  process.stdout.write(`\n${title}\n${lines.join('')}`)
}
