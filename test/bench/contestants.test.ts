import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Name, TITLES, startContestant } from '../../bench/contestants.ts'
import { NODE_ARGS } from '../../bench/gateway.ts'
import { nginxMissing } from '../../bench/nginx.ts'
import { faultOf, reachUpstream } from '../../bench/rewritten.ts'
import { type Scene, openScene } from '../../bench/scene.ts'

/*
 * Everything that `npm run bench` compares starts and does its work; how fast, no test asks. nginx takes part only
 * where it is installed with its Lua module.
 */

/** With 100,000 channels it is the same program, and takes seconds to fill. */
const NAMES = (Object.keys(TITLES) as Name[]).filter((name) => name !== 'gateway-many')

t.test('the gateway of the bench starts as the image and npm start have it', async (t) => {
  const command = ['node', ...NODE_ARGS, 'dist/main.js']
  t.match(readFileSync('Dockerfile', 'utf8'), `CMD ${JSON.stringify(command).replaceAll(',', ', ')}`)
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  t.equal(scripts['start'], command.join(' '))
})

t.test('a send through each contestant of the bench reaches the upstream', async (t) => {
  const scene = await openScene()
  t.teardown(() => scene.close())
  const missing = await nginxMissing(scene.folder)
  for (const name of NAMES) {
    const skip = name.startsWith('nginx') && missing !== undefined ? missing : false
    await t.test(`through ${name}`, { skip }, (t) => reaches(t, scene, name))
  }
})

/** Rewritten where the contestant rewrites, as it was sent where it does not. */
async function reaches(t: Test, scene: Scene, name: Name): Promise<void> {
  const { load, number } = await startContestant(name, scene)
  const reached = await reachUpstream(load, scene.upstream)
  if (number === undefined) t.equal(reached.body, load.body)
  else t.equal(faultOf(reached, load.body, number), undefined)
}
