import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'

const GOLDEN = 'test/routes.golden.txt'

/** A route or a guard that comes or goes must be seen in a review: `UPDATE_GOLDEN=1 npx tap test/routes.test.ts` */
t.test('npm run routes prints every route of both planes with its guards', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'routes'])
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(GOLDEN, stdout)
  t.equal(stdout, await readFile(GOLDEN, 'utf8'))
  const guards = stdout.split('\n').filter((line) => line.includes('(onRequest)'))
  const open = guards.filter((line) => !/authenticate(Admin)?\(\)/.test(line))
  t.equal(
    open.length,
    8,
    'only healthz and readyz of both planes, metrics, openapi.json, the admin page and its files ask for no token',
  )
})
