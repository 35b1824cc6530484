import { readFileSync } from 'node:fs'
import t from 'tap'
import { OPERATIONS } from '../../src/sandbox/operations.ts'

t.test('the page on the sandbox names every operation with its endpoint, and no other', async (t) => {
  const page = readFileSync('docs/sandbox.md', 'utf8')
  const documented = [...page.matchAll(/^\| `(\w+)` \| `((?:GET|POST|PUT) \/[^`]+)` \|$/gm)]
  const operations = OPERATIONS.map(({ name, method, path }) => {
    const written = path.replace('/:tenantId', '').replaceAll(/:(\w+)/g, '{$1}')
    return [name, `${method} ${written}`]
  })
  t.same(
    documented.map(([, name, endpoint]) => [name, endpoint]),
    operations,
  )
})

t.test('no name of v3 is also one of v1 or v2, whose rate limits it would share', async (t) => {
  const legacy = new Set(OPERATIONS.filter(({ version }) => version !== 'v3').map(({ name }) => name))
  const shared = OPERATIONS.filter(({ version, name }) => version === 'v3' && legacy.has(name))
  t.same(shared, [])
})
