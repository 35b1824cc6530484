import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { SettingsSchema } from '../../src/settings-schema.ts'
import { WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'

/** The rules, the dashboard and the page name exactly the metrics there are. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: {
    readonly summary: string
    readonly description: string
    readonly runbook_url: string
  }
}

interface Panel {
  readonly title: string
  readonly targets?: { readonly expr: string }[]
}

const alerts = (parse(read('config/alerts.yml')) as { groups: { rules: Alert[] }[] }).groups.flatMap(
  ({ rules }) => rules,
)
const dashboard = JSON.parse(read('config/grafana-dashboard.json')) as {
  readonly panels: Panel[]
  readonly templating: { readonly list: { readonly definition?: string }[] }
}
const operations = read('docs/operations.md')

/** Name → type and labels, as the page documents them. */
const documented = new Map(
  [...operations.matchAll(/^\| `(wati_gateway_\w+)` \| (\w+) \| ([^|]*) \| [^|]+ \|$/gm)].map(
    ([, name = '', type, labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ],
  ),
)

/** An expression and where it stands. */
const expressions: (readonly [string, string])[] = [
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr] as const),
  ),
  ...dashboard.templating.list.map(({ definition = '' }) => ['a variable', definition] as const),
]

/** The metric a name belongs to: a histogram has three. */
function metricOf(name: string): string {
  const base = name.replace(/_(?:bucket|sum|count)$/, '')
  return documented.get(base)?.type === 'histogram' ? base : name
}

t.test('docs/operations.md names every metric of the page with its type, and no other', async (t) => {
  const { admin } = await startRunning(t)
  const { text } = await admin('GET', '/metrics', { claims: null })
  const there = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`)
  const written = [...documented].map(([name, { type }]) => `${name} ${type}`)
  t.same(there.sort(), written.sort())
})

t.test('the labels of the page are those of the samples', async (t) => {
  const { admin, call } = await startRunning(t)
  const token = { token: WATI_TOKEN, expiresAt: '2030-01-31T12:00:00Z' }
  await admin('PUT', '/v1/accounts/acme/token?verify=false', { json: token })
  await call('GET', '/channels/sales/api/v1/getContacts')
  const { text } = await admin('GET', '/metrics', { claims: null })
  const sampled = new Set<string>()
  for (const [, name = '', labels = ''] of text.matchAll(/^(wati_gateway_\w+)(?:\{(.*)\})? \S+$/gm)) {
    const metric = metricOf(name)
    sampled.add(metric)
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
    t.same(
      names.filter((label) => label !== 'le').sort(),
      [...(documented.get(metric)?.labels ?? [])].sort(),
      metric,
    )
  }
  const unseen = [...documented.keys()].filter((name) => !sampled.has(name))
  const seldom = [
    'account_refused_calls_total',
    'channel_key_overrides_total',
    'pacing_waiting',
    'troubles',
  ].map((name) => `wati_gateway_${name}`)
  t.same(unseen.sort(), seldom, 'all but these have samples now')
})

t.test('the rules and the dashboard use no name and no label that is not there', async (t) => {
  for (const [where, expr] of expressions) {
    const names = [...expr.matchAll(/\bwati_gateway_\w+/g)].map(([name]) => metricOf(name))
    const own = names.flatMap((name) => documented.get(name)?.labels ?? [])
    for (const name of names) t.ok(documented.has(name), `${where}: ${name}`)
    const braces = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) => [
      ...inside.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g),
    ])
    const groups = [...expr.matchAll(/\b(?:by|without|on|ignoring) \(([^)]*)\)/g)].flatMap(
      ([, inside = '']) => [...inside.matchAll(/(\w+)/g)],
    )
    for (const [, label = ''] of [...braces, ...groups])
      t.ok([...own, 'le', 'job', 'instance'].includes(label), `${where}: ${label}`)
  }
})

t.test('the values of labels that the rules look for are values the gateway gives', async (t) => {
  const { admin } = await startRunning(t)
  const { text } = await admin('GET', '/metrics', { claims: null })
  const problems = new Set([...text.matchAll(/problem="([^"]+)"/g)].map(([, problem]) => problem))
  const used = expressions.flatMap(([, expr]) =>
    [...expr.matchAll(/problem=~?"([^"]+)"/g)].flatMap(([, value = '']) => value.split('|')),
  )
  t.ok(used.length > 0)
  for (const problem of used) t.ok(problems.has(problem), problem)
  const sources = ['account-tokens', 'store', 'replicas', 'records'].map((name) =>
    read(`src/troubles/${name}.ts`),
  )
  for (const [, expr] of expressions)
    for (const [, name = ''] of expr.matchAll(/troubles\{name="([^"]+)"/g))
      t.ok(
        sources.some((source) => source.includes(`'${name}'`)),
        name,
      )
})

t.test('every metric is looked at by a rule or the dashboard', async (t) => {
  const all = expressions.map(([, expr]) => expr).join('\n')
  const used = new Set([...all.matchAll(/\bwati_gateway_\w+/g)].map(([name]) => metricOf(name)))
  t.same(
    [...documented.keys()].filter((name) => !used.has(name)),
    [],
  )
})

t.test('every alert has its page, and every page its alert', async (t) => {
  const names = alerts.map(({ alert }) => alert)
  t.equal(new Set(names).size, names.length)
  const [, pages = ''] = operations.split('\n## Alerts\n')
  const sections = (pages.split('\n## ')[0] ?? '').split('\n### ').slice(1)
  t.same(sections.map((section) => section.split('\n')[0]).sort(), [...names].sort())
  for (const section of sections) {
    t.match(section, /\n- \*\*Look at\*\* \S/, 'what to look at')
    t.match(section, /\n- \*\*Do:\*\* \S/, 'what to do')
  }
  for (const { alert, labels, annotations } of alerts) {
    t.match(labels.severity, /^(?:critical|warning|info)$/)
    t.ok(annotations.summary !== '' && annotations.description !== '')
    t.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`)
  }
})

t.test('Prometheus reads the replicas of docker-compose.yml, and the rules', async (t) => {
  const config = parse(read('config/prometheus.yml')) as {
    rule_files: string[]
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
  }
  t.same(config.rule_files, ['alerts.yml'])
  const [job] = config.scrape_configs
  t.equal(job?.job_name, 'wati-gateway')
  for (const [, expr] of expressions)
    for (const [, name] of expr.matchAll(/job="([^"]+)"/g)) t.equal(name, job?.job_name)
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as { services: object }
  const replicas = Object.keys(services).filter((name) => /^gateway-\d$/.test(name))
  const port = (SettingsSchema.properties.ADMIN_PORT as { default?: number }).default
  t.same(
    job?.static_configs.flatMap(({ targets }) => targets),
    replicas.map((name) => `${name}:${port}`),
  )
})
