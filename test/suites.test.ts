import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

t.test('every file of tests is run by `npm test`, and by nobody twice', async (t) => {
  const suites = readdirSync('test/suites').map((name) => readFileSync(join('test/suites', name), 'utf8'))
  const together = suites.map((text) => /runFolder\('(.+)'\)/.exec(text)?.[1])
  const { include } = parse(readFileSync('.taprc', 'utf8')) as { include: string[] }
  const alone = (/\{(.+)\}/.exec(include[1] ?? '')?.[1] ?? '').split(',').map((name) => `test/${name}`)
  const folders = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join('test', dirname(path)))
  for (const folder of new Set(folders))
    t.equal([...together, ...alone].filter((one) => one === folder).length, 1, folder)
})
