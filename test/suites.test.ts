import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

t.test('every file of tests is run by `npm test`, and by nobody twice', async (t) => {
  const runs = new Map<string, number>()
  const run = (folder: string, part: number): unknown => runs.set(folder, (runs.get(folder) ?? 0) + part)
  for (const name of readdirSync('test/suites')) {
    const text = readFileSync(join('test/suites', name), 'utf8')
    const [, folder = '', of = '1'] = /runFolder\('([^']+)'(?:[^)]* of: (\d+))?/.exec(text) ?? []
    run(folder, 1 / Number(of))
  }
  const { include } = parse(readFileSync('.taprc', 'utf8')) as { include: string[] }
  for (const folder of /\{(.+)\}/.exec(include.at(-1) ?? '')?.[1]?.split(',') ?? []) run(`test/${folder}`, 1)
  const folders = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', dirname(path)))
  for (const folder of new Set(folders)) t.equal(Math.round((runs.get(folder) ?? 0) * 100), 100, folder)
})
