import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { readSettings } from '../../src/config.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Without comments, so that a sentence about a directive is not taken for one. */
const CONFIG = read('config/nginx.conf').replaceAll(/^\s*#.*$/gm, '')
const presets = readSettings({ JWT_SECRET: 'only to read the presets, never to verify' })

/** All values of a directive, in the order of the file. */
function valuesOf(directive: string): string[] {
  return [...CONFIG.matchAll(new RegExp(`^ *${directive} +(.+?);$`, 'gms'))].map(([, value = '']) => value)
}

/** The one value of a directive that ends in `s`, in milliseconds. */
function timeOf(directive: string): number {
  const [value = '', ...others] = valuesOf(directive)
  if (others.length > 0) throw new Error(`${directive} stands more than once`)
  return Number(/^(\d+)s$/.exec(value)?.[1]) * 1000
}

/** The text of a block, by the words in front of its brace. */
function block(head: string): string {
  const from = CONFIG.indexOf(`${head} {`)
  const before = CONFIG.slice(0, from).split('\n').at(-1) ?? ''
  return CONFIG.slice(from, CONFIG.indexOf(`\n${before}}`, from))
}

t.test('each plane goes to both replicas of the compose file, on the port of the image', async (t) => {
  const { services } = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, unknown>
  }
  for (const [upstream, port] of [
    ['gateway', '8080'],
    ['control', '8081'],
  ] as const) {
    const hosts = [...block(`upstream ${upstream}`).matchAll(/server (\S+):(\d+) resolve /g)]
    t.same(
      hosts.map(([, host = '', itsPort]) => [host, itsPort, host in services]),
      [
        ['gateway-1', port, true],
        ['gateway-2', port, true],
      ],
    )
  }
})

t.test('nothing is sent to a second replica once it is on its way to the first', async (t) => {
  t.same(valuesOf('proxy_next_upstream'), ['off', 'error timeout'], 'off, but for one location')
  const sends = block('location /')
  t.match(sends, 'proxy_next_upstream error timeout;')
  t.match(
    sends,
    /if \(\$request_method !~ "\^\(POST\|PATCH\)\$"\) \{\s+return 418;\s+\}/,
    'only methods that nginx itself never repeats once they were sent stay in it',
  )
  t.notMatch(block('location @once'), 'proxy_next_upstream')
  t.notMatch(CONFIG, 'non_idempotent')
})

t.test('the path passes as it was written', async (t) => {
  t.same(
    new Set(valuesOf('proxy_pass')),
    new Set(['http://gateway', 'http://control']),
    'no path behind the host',
  )
  t.same(valuesOf('merge_slashes'), ['off'])
  t.same(valuesOf('rewrite'), [])
})

t.test('bodies are not kept in between, and larger ones pass than the gateway takes', async (t) => {
  t.same(valuesOf('proxy_request_buffering'), ['off'])
  t.same(valuesOf('proxy_buffering'), ['off'])
  const megabytes = Number(/^(\d+)m$/.exec(valuesOf('client_max_body_size')[0] ?? '')?.[1])
  t.ok(megabytes * 1_048_576 > 104_857_600, 'uploads have 100 MiB')
  t.ok(megabytes * 1_048_576 > presets.BODY_LIMIT_BYTES)
})

t.test('the gateway gives up before the load balancer does', async (t) => {
  const longestWait = 60_000
  t.ok(timeOf('client_header_timeout') > presets.REQUEST_HEADERS_TIMEOUT_MS)
  t.ok(timeOf('client_body_timeout') > presets.REQUEST_TIMEOUT_MS)
  t.ok(timeOf('proxy_send_timeout') > presets.REQUEST_TIMEOUT_MS)
  t.ok(timeOf('proxy_read_timeout') > longestWait + presets.WATI_CONNECT_TIMEOUT_MS + presets.WATI_TIMEOUT_MS)
})

t.test('nginx drops an idle connection to a replica before the replica does', async (t) => {
  const [, idle] = /keepalive_timeout (\d+)s;/.exec(block('upstream gateway')) ?? []
  t.ok(Number(idle) * 1000 < presets.KEEP_ALIVE_TIMEOUT_MS)
  t.same(valuesOf('proxy_http_version'), ['1.1'])
  t.match(valuesOf('proxy_set_header'), ['Connection ""'])
})

t.test('no log shows a URL', async (t) => {
  const [format = ''] = valuesOf('log_format')
  t.match(format, /^line escape=json /)
  t.notMatch(format, /\$(?:request|request_uri|uri|document_uri|args|query_string|arg_\w+|http_\w+)\b/)
  t.same(valuesOf('access_log'), ['/dev/stdout line'])
  t.same(valuesOf('error_log'), ['stderr crit'], 'below crit, nginx quotes the request line')
})

t.test('what nginx answers itself is a problem document', async (t) => {
  for (const [location, status] of [
    ['@unreachable', 502],
    ['@silent', 504],
  ] as const) {
    t.match(CONFIG, `error_page ${status} ${location};`)
    const answer = block(`location ${location}`)
    t.match(answer, 'default_type application/problem+json;')
    const [, itsStatus, body = ''] = /return (\d+) '(.*)';/.exec(answer) ?? []
    t.equal(Number(itsStatus), status)
    t.match(JSON.parse(body), { status, origin: 'load-balancer', title: /./, detail: /\.$/ })
  }
})
