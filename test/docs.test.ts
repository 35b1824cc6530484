import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OPERATIONS, type Operation } from '../src/domain/operation.ts'
import { PROBLEMS } from '../src/errors.ts'
import { SettingsSchema } from '../src/settings-schema.ts'

/** The pages say what the code says, in both directions: nothing left out, nothing that is not there. */

const README = readFileSync('README.md', 'utf8')

/** The rows of the table after a marker, cells without their code marks. */
function tableAfter(text: string, marker: string): string[][] {
  const lines = text.slice(text.indexOf(marker)).split('\n')
  const first = lines.findIndex((line) => line.startsWith('|'))
  const rows = lines.slice(first + 2)
  const end = rows.findIndex((line) => !line.startsWith('|'))
  return rows.slice(0, end).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

t.test('the README names every setting with its default and meaning, and no other', async (t) => {
  const settings = Object.entries(SettingsSchema.properties).map(([name, schema]) => {
    const { default: preset, description } = schema as { default?: string | number; description?: string }
    return [`\`${name}\``, preset === undefined ? '–' : `\`${preset}\``, description]
  })
  t.same(tableAfter(README, '<!-- settings -->'), settings)
})

t.test('docs/wati-operations.md names every operation with body, scope and keys, and no other', async (t) => {
  const operations = OPERATIONS.map((operation) => [
    `\`${operation.method} ${operation.path}\``,
    operation.bodies.join(', '),
    `\`${operation.scope}\``,
    placeOf(operation),
  ])
  t.same(tableAfter(readFileSync('docs/wati-operations.md', 'utf8'), '<!-- operations -->'), operations)
})

function placeOf({ queryKeys, bodyKeys, target }: Operation): string {
  const code = (keys: readonly string[]): string => keys.map((key) => `\`${key}\``).join(', ')
  const where = {
    path: 'the path',
    body: 'the body',
    contacts: "the body's `contacts`",
    recipients: "the body's `recipients`",
  }
  const places = [
    ...(queryKeys.length > 0 ? [`query ${code(queryKeys)}`] : []),
    ...(bodyKeys.length > 0 ? [`body ${code(bodyKeys)}`] : []),
    ...(target
      ? [
          `prefix of \`target\` in ${where[target.in]}${target.prefix === 'replace' ? ', where there is one' : ''}`,
        ]
      : []),
  ]
  return places.length > 0 ? places.join('; ') : 'nowhere'
}

t.test('docs/problems.md names every problem with its status, and no other', async (t) => {
  const rows = tableAfter(readFileSync('docs/problems.md', 'utf8'), '| problem |')
  const documented = rows.map(([name, status]) => `${name ?? ''} ${status ?? ''}`).sort()
  t.same(
    documented,
    Object.entries(PROBLEMS)
      .map(([name, { status }]) => `\`${name}\` ${status}`)
      .sort(),
  )
})

t.test('docs/operations.md names every alarm the code can raise, and no other', async (t) => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  const code = sources.map((name) => readFileSync(join('src', name), 'utf8')).join('\n')
  const raised = new Set([...code.matchAll(/alarm: '([a-z-]+)'/g)].map(([, name = '']) => name))
  const rows = tableAfter(readFileSync('docs/operations.md', 'utf8'), '| alarm |')
  t.same(rows.map(([name]) => name?.replaceAll('`', '')).sort(), [...raised].sort())
})

t.test('every link of the pages to a file leads somewhere', async (t) => {
  const pages = readdirSync('docs').filter((name) => name.endsWith('.md'))
  for (const page of ['README.md', ...pages.map((name) => join('docs', name))]) {
    const text = readFileSync(page, 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\(((?!http)[^)#]+)[^)]*\)/g)) {
      t.ok(existsSync(join(page, '..', target)), `${page}: ${target}`)
    }
  }
})

t.test('every folder of src stands in the README', async (t) => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory())
  for (const { name } of folders) t.match(README, `\`src/${name}\``)
})

t.test('every dependency has its reason in docs/decisions.md', async (t) => {
  const pack = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>
  const decisions = readFileSync('docs/decisions.md', 'utf8')
  const names = Object.keys({ ...pack['dependencies'], ...pack['devDependencies'] })
  for (const name of names.filter((one) => !one.startsWith('@types/'))) t.match(decisions, `\`${name}\``)
})
