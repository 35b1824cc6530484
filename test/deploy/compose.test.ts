import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { readSettings } from '../../src/config.ts'
import { SettingsSchema } from '../../src/settings-schema.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

interface Service {
  readonly image: string
  readonly environment?: Record<string, string>
  readonly ports?: string[]
  readonly profiles?: string[]
  readonly volumes?: string[]
  readonly networks?: string[]
  readonly network_mode?: string
  readonly depends_on?: unknown
  readonly command?: string[]
  readonly healthcheck?: { test: string[] }
  readonly stop_grace_period?: string
  readonly read_only?: boolean
  readonly cap_drop?: string[]
}

interface Compose {
  readonly services: Record<string, Service>
  readonly networks: Record<string, { internal?: boolean } | null>
  readonly volumes: Record<string, unknown>
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const compose = parse(read('docker-compose.yml'), { merge: true, strict: true }) as Compose
const { services } = compose
const replicas = ['gateway-1', 'gateway-2'].map((name) => service(name))
const settings = Object.keys(SettingsSchema.properties)

const KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`
const NEEDED = { ENCRYPTION_KEYS: KEYS, JWT_SECRET: 'a secret that is long enough for HS256' }

function service(name: string): Service {
  const found = services[name]
  if (found === undefined) throw new Error(`there is no service ${name}`)
  return found
}

/**
 * What Compose makes of a text with the variables of .env: `$NAME`, `${NAME:-preset}`, `${NAME:?sentence}`.
 * Nested forms are left out on purpose: older versions evaluate the inner one always.
 */
function interpolate(text: string, env: Record<string, string>): string {
  return text.replaceAll(
    /\$\{(\w+)(?:(:-|:\?)([^{}]*))?\}/g,
    (_, name: string, form: string, rest: string) => {
      const value = env[name] ?? ''
      if (value === '' && form === ':?') throw new Error(rest)
      return value === '' && form === ':-' ? rest : value
    },
  )
}

function environmentOf(one: Service, env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(one.environment ?? {}).map(([name, text]) => [name, interpolate(text, env)]),
  )
}

t.test('two replicas of the gateway run, alike but for the volume of each', async (t) => {
  const gateways = Object.entries(services)
    .filter(([, one]) => one.profiles === undefined && one.image.startsWith('wati-gateway'))
    .map(([name]) => name)
  t.same(gateways, ['gateway-1', 'gateway-2'])
  const [first, second] = replicas.map(({ volumes, ...alike }) => ({ alike, own: volumes?.[0] }))
  t.same(first?.alike, second?.alike)
  t.not(first?.own, second?.own)
  for (const one of [first, second]) {
    t.match(one?.own, /^gateway-\d-data:\/data$/)
    t.ok((one?.own?.split(':')[0] ?? '') in compose.volumes, 'the volume is declared')
  }
})

t.test('every variable of a gateway is a setting of the schema', async (t) => {
  for (const one of [...replicas, service('sandbox-gateway')]) {
    for (const name of Object.keys(one.environment ?? {})) t.ok(settings.includes(name), name)
  }
})

t.test(
  'every setting of the schema is passed, but for those of the image, the load balancer, and other kinds of Redis',
  async (t) => {
    const elsewhere = [
      ...['HOST', 'ADMIN_HOST', 'DATA_DIR', 'PORT', 'ADMIN_PORT'],
      ...['REDIS_CLUSTER', 'REDIS_SENTINELS', 'REDIS_SENTINEL_NAME'],
    ]
    const ofTheImage = read('Dockerfile')
    for (const name of elsewhere.slice(0, 3)) t.match(ofTheImage, ` ${name}=`)
    t.same([...Object.keys(replicas[0]?.environment ?? {}), ...elsewhere].sort(), [...settings].sort())
  },
)

t.test('a setting has the name of the variable it comes from, and no preset of its own', async (t) => {
  for (const [name, text] of Object.entries(replicas[0]?.environment ?? {})) {
    if (name === 'REDIS_URL') t.equal(text, 'redis://redis:6379')
    else t.ok(text === `\${${name}:-}` || text.startsWith(`\${${name}:?`), `${name}: ${text}`)
  }
})

t.test('with what .env must hold, the gateways accept their settings', async (t) => {
  for (const one of replicas) t.match(readSettings(environmentOf(one, NEEDED)), { WATI_HOSTS: '*.wati.io' })
  const ofTheSandbox = readSettings(environmentOf(service('sandbox-gateway'), NEEDED))
  t.equal(ofTheSandbox.REDIS_URL, undefined, 'the embedded store')
  t.equal(ofTheSandbox.WATI_HOSTS, 'http://127.0.0.1:9100')
})

t.test('without the keys that seal, Compose says what is missing', async (t) => {
  t.throws(
    () => environmentOf(service('gateway-1'), { ...NEEDED, ENCRYPTION_KEYS: '' }),
    /^ENCRYPTION_KEYS must be set in \.env/,
  )
})

t.test('a changed setting reaches the gateway', async (t) => {
  const changed = { ...NEEDED, WATI_TIMEOUT_MS: '1234', CHANNEL_KEY_CONFLICT: 'reject' }
  t.match(readSettings(environmentOf(service('gateway-2'), changed)), {
    WATI_TIMEOUT_MS: 1234,
    CHANNEL_KEY_CONFLICT: 'reject',
  })
})

t.test('only the load balancer is published, and its control plane only on the loopback', async (t) => {
  for (const [name, { ports = [], profiles }] of Object.entries(services)) {
    if (name === 'load-balancer') {
      t.same(
        ports.map((port) => interpolate(port, {})),
        ['8080:8080', '127.0.0.1:8081:8081'],
      )
    } else if (profiles === undefined) t.same(ports, [], `${name} publishes nothing`)
    else for (const port of ports) t.match(port, /^127\.0\.0\.1:\d+:\d+$/, `${name}, a profile`)
  }
})

t.test('Redis is reached by the replicas only', async (t) => {
  t.equal(compose.networks['store']?.internal, true)
  const there = Object.keys(services).filter((name) => service(name).networks?.includes('store'))
  t.same(there, ['gateway-1', 'gateway-2', 'redis'])
  t.same(service('redis').networks, ['store'])
  t.same(service('load-balancer').networks, ['front'])
})

t.test('Redis runs with config/redis.conf and keeps its data in a volume', async (t) => {
  const { command = [], volumes = [] } = service('redis')
  const mounted = volumes.find((volume) => volume.startsWith('./config/redis.conf:'))?.split(':')
  t.same(command, ['redis-server', mounted?.[1]])
  t.ok(volumes.includes('redis-data:/data'))
  t.ok('redis-data' in compose.volumes)
})

t.test('the sandbox is a profile: it does not start unless asked for', async (t) => {
  const optional = Object.keys(services).filter((name) => service(name).profiles !== undefined)
  t.same(optional, ['sandbox', 'sandbox-gateway'])
  for (const name of optional) t.same(service(name).profiles, ['sandbox'])
  t.equal(service('sandbox-gateway').network_mode, 'service:sandbox', 'to its gateway it is loopback')
  for (const one of replicas) t.notMatch(JSON.stringify(one), 'sandbox', 'the replicas know nothing of it')
})

t.test('images are pinned: ours to the version of the package, others to a minor version', async (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  for (const { image } of Object.values(services)) {
    if (image.startsWith('wati-gateway')) t.equal(image, `wati-gateway:${version}`)
    else t.match(image, /^[a-z]+:\d+\.\d+(?:\.\d+)?-[a-z]+$/)
  }
})

t.test('containers of ours and the load balancer can change nothing but their volumes', async (t) => {
  for (const [name, one] of Object.entries(services)) {
    if (name === 'redis') continue
    t.equal(one.read_only, true, name)
    t.same(one.cap_drop, ['ALL'], name)
  }
})

t.test('a container is given longer to stop than the gateway takes', async (t) => {
  const preset = readSettings(NEEDED).SHUTDOWN_TIMEOUT_MS
  for (const { stop_grace_period: grace = '' } of replicas) {
    t.ok(Number(/^(\d+)s$/.exec(grace)?.[1]) * 1000 > preset)
  }
})

t.test('what is mounted from the checkout is there, but for the keys that an operator may add', async (t) => {
  for (const { volumes = [] } of Object.values(services)) {
    for (const [path = '', , mode] of volumes.map((volume) => volume.split(':'))) {
      if (!path.startsWith('./')) continue
      t.equal(mode, 'ro', path)
      if (path !== './config/keys') t.ok(read(path).length > 0, path)
    }
  }
})
