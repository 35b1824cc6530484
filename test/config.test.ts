import { generateKeyPairSync } from 'node:crypto'
import t, { type Test } from 'tap'
import { WrongSettings, readSettings } from '../src/config.ts'
import { generateKey } from '../src/directory/seal.ts'

const JWT_SECRET = 'a-secret-of-exactly-32-bytes-000'
const KEYS = generateKey('k1')

/** The mistakes of an environment; an empty list when there are none. */
function mistakesOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readSettings(environment)
    return []
  } catch (error) {
    if (error instanceof WrongSettings) return error.mistakes
    throw error
  }
}

function publicKeyFile(t: Test): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  return `${t.testdir({ 'key.pem': publicKey.export({ type: 'spki', format: 'pem' }) })}/key.pem`
}

/** The table of the outer contract, as far as this version has it, and this version's own. */
const DEFAULTS = {
  HOST: '127.0.0.1',
  PORT: 8080,
  ADMIN_HOST: '127.0.0.1',
  ADMIN_PORT: 8081,
  DATA_DIR: './data',
  WATI_HOSTS: '*.wati.io',
  WATI_CONNECT_TIMEOUT_MS: 5_000,
  WATI_TIMEOUT_MS: 30_000,
  WATI_ANSWER_TIMEOUT_MS: 300_000,
  WATI_IN_FLIGHT_LIMIT: 500,
  WATI_BREAKER_FAILURES: 10,
  WATI_BREAKER_WINDOW_MS: 30_000,
  WATI_BREAKER_OPEN_MS: 5_000,
  BODY_LIMIT_BYTES: 1_048_576,
  UPLOAD_LIMIT_BYTES: 104_857_600,
  CHANNEL_KEY_CONFLICT: 'override',
  SHUTDOWN_DELAY_MS: 0,
  SHUTDOWN_TIMEOUT_MS: 30_000,
  LOG_LEVEL: 'info',
  ANSWER_INSPECT_LIMIT_BYTES: 65_536,
  CHANGES_KEPT: 100_000,
  DIRECTORY_COPY_MS: 5_000,
  IDEMPOTENCY_KEPT_HOURS: 24,
  IDEMPOTENCY_LEASE_MS: 15_000,
  IDEMPOTENCY_ANSWER_LIMIT_BYTES: 1_048_576,
  KEEP_ALIVE_TIMEOUT_MS: 72_000,
  REDIS_TIMEOUT_MS: 400,
  REQUEST_HEADERS_TIMEOUT_MS: 10_000,
  REQUEST_TIMEOUT_MS: 120_000,
  REDIS_SENTINEL_NAME: 'mymaster',
  PACE_MAX_WAIT_MS: 2_000,
  PACE_QUEUE_LIMIT: 1_000,
  PACE_LEAVE_WITHIN_MS: 200,
  REPLICAS_WAIT_MS: 5_000,
  REPLICA_FORGOTTEN_MS: 600_000,
  JWT_JWKS_MAX_AGE_MS: 600_000,
  JWT_JWKS_COOLDOWN_MS: 30_000,
  JWT_JWKS_TIMEOUT_MS: 5_000,
  TOKEN_LIFETIME_LIMIT_SECONDS: 31_622_400,
  TOKEN_EXPIRY_WARNING_DAYS: 14,
  TOKEN_FILE_CHECK_MS: 10_000,
  SESSION_LIFETIME_SECONDS: 28_800,
  SESSION_COOKIE_SECURE: 'false',
  USAGE_FLUSH_MS: 1_000,
  USAGE_KEPT_DAYS: 400,
  USAGE_KEYS_PER_DAY: 20_000,
  UPLOAD_READ_AHEAD_BYTES: 33_554_432,
  ANSWER_TIMEOUT_MS: 60_000,
  CONNECTION_LIMIT: 10_000,
  OVERLOAD_EVENT_LOOP_DELAY_MS: 1_000,
  OVERLOAD_MEMORY_PERCENT: 90,
  LOG_BUFFER_BYTES: 4_194_304,
  METRICS_ACCOUNT_LIMIT: 1_000,
  OTEL_EXPORTER_OTLP_TIMEOUT: 10_000,
  OTEL_SERVICE_NAME: 'wati-gateway',
  OTEL_TRACES_SAMPLER: 'parentbased_always_on',
  OTEL_TRACES_SAMPLER_ARG: '1',
  OTEL_BSP_SCHEDULE_DELAY: 5_000,
  OTEL_BSP_MAX_QUEUE_SIZE: 2_048,
}

t.test('one key is enough: everything else has its preset', async (t) => {
  t.same(readSettings({ JWT_SECRET }), { JWT_SECRET, ...DEFAULTS })
})

t.test('whatever else stands in the environment is left alone', async (t) => {
  t.same(readSettings({ JWT_SECRET, PATH: '/bin', port: 'x', Host: 'y' }), { JWT_SECRET, ...DEFAULTS })
})

t.test('an empty variable counts as not set', async (t) => {
  const empty = { PORT: '', HOST: '', REDIS_URL: '', ENCRYPTION_KEYS: '', JWT_PUBLIC_KEYS: '', LOG_LEVEL: '' }
  t.same(readSettings({ JWT_SECRET, ...empty, REDIS_CLUSTER: '', WATI_HOSTS: '' }), {
    JWT_SECRET,
    ...DEFAULTS,
  })
  t.match(mistakesOf({ JWT_SECRET: '' }), ['JWT_SECRET, JWT_PUBLIC_KEYS or JWT_JWKS_URL must be set'])
})

t.test('every setting can be given', async (t) => {
  const given = {
    HOST: '0.0.0.0',
    REDIS_URL: 'rediss://user:secret@redis.example:6380/1',
    ENCRYPTION_KEYS: KEYS,
    JWT_SECRET,
    JWT_PUBLIC_KEYS: publicKeyFile(t),
    JWT_JWKS_URL: 'https://idp.example/.well-known/jwks.json',
    JWT_ISSUER: 'https://idp.example',
    JWT_AUDIENCE: 'gateway',
    WATI_HOSTS: '*.wati.io,http://127.0.0.1:9100',
    CHANNEL_KEY_CONFLICT: 'reject',
    LOG_LEVEL: 'silent',
  }
  t.match(readSettings({ ...given, PORT: '0', SHUTDOWN_DELAY_MS: '10' }), {
    ...given,
    PORT: 0,
    SHUTDOWN_DELAY_MS: 10,
  })
})

t.test('a Redis Cluster or Sentinels may be set in place of one server', async (t) => {
  for (const list of [
    'a:1',
    'a:1, b:2',
    '[::1]:6379,127.0.0.1:6380',
    'rediss://u:p%2C@a:1,rediss://u:p%2C@b:2',
  ]) {
    for (const name of ['REDIS_CLUSTER', 'REDIS_SENTINELS']) {
      t.same(mistakesOf({ JWT_SECRET, ENCRYPTION_KEYS: KEYS, [name]: list }), [], `${name} ${list}`)
    }
  }
})

t.test('the name of a server that Sentinels know means nothing by itself', async (t) => {
  t.same(mistakesOf({ JWT_SECRET, REDIS_SENTINEL_NAME: 'main' }), [])
  t.same(
    mistakesOf({ JWT_SECRET, REDIS_URL: 'redis://a', ENCRYPTION_KEYS: KEYS, REDIS_SENTINEL_NAME: 'main' }),
    [],
  )
})

t.test('public keys alone are enough', async (t) => {
  t.same(mistakesOf({ JWT_PUBLIC_KEYS: publicKeyFile(t) }), [])
})

t.test('an identity provider alone is enough; plain http does for loopback', async (t) => {
  for (const JWT_JWKS_URL of ['https://id.example/keys', 'http://127.0.0.1:9300/keys']) {
    t.same(readSettings({ JWT_JWKS_URL }), { JWT_JWKS_URL, ...DEFAULTS })
  }
})

t.test('the settings are frozen', async (t) => {
  const settings = readSettings({ JWT_SECRET }) as { PORT: number }
  t.ok(Object.isFrozen(settings))
  t.throws(() => (settings.PORT = 1), TypeError)
})

t.test('what was given is not changed', async (t) => {
  const given = Object.freeze({ JWT_SECRET, PORT: '9000', OTHER: 'x' })
  t.equal(readSettings(given).PORT, 9_000)
})

const NUMBERS: readonly (readonly [name: string, smallest: number, largest: number])[] = [
  ['PORT', 0, 65_535],
  ['ADMIN_PORT', 0, 65_535],
  ['BODY_LIMIT_BYTES', 1, 1_073_741_824],
  ['WATI_TIMEOUT_MS', 1, 3_600_000],
  ['WATI_CONNECT_TIMEOUT_MS', 1, 3_600_000],
  ['WATI_IN_FLIGHT_LIMIT', 1, 100_000],
  ['WATI_BREAKER_FAILURES', 1, 10_000],
  ['WATI_BREAKER_OPEN_MS', 1, 3_600_000],
  ['SHUTDOWN_DELAY_MS', 0, 3_600_000],
  ['SHUTDOWN_TIMEOUT_MS', 1, 3_600_000],
  ['ANSWER_TIMEOUT_MS', 1, 3_600_000],
  ['CONNECTION_LIMIT', 1, 1_000_000],
  ['OVERLOAD_MEMORY_PERCENT', 1, 100],
  ['UPLOAD_READ_AHEAD_BYTES', 1, 1_073_741_824],
  ['CHANGES_KEPT', 1_000, 10_000_000],
  ['JWT_JWKS_MAX_AGE_MS', 1, 3_600_000],
  ['JWT_JWKS_COOLDOWN_MS', 1, 3_600_000],
  ['JWT_JWKS_TIMEOUT_MS', 1, 3_600_000],
]

for (const [name, smallest, largest] of NUMBERS) {
  t.test(`${name} is a whole number from ${smallest} to ${largest}`, async (t) => {
    const sentence = `${name} must be a whole number from ${smallest} to ${largest}.`
    t.same(mistakesOf({ JWT_SECRET, [name]: String(smallest) }), [])
    t.same(mistakesOf({ JWT_SECRET, [name]: String(largest) }), [])
    for (const wrong of [
      smallest - 1,
      largest + 1,
      `${smallest}.5`,
      'ten',
      `${smallest}ms`,
      'NaN',
      'Infinity',
      'true',
    ]) {
      t.same(mistakesOf({ JWT_SECRET, [name]: String(wrong) }), [sentence], String(wrong))
    }
  })
}

interface Wrong {
  readonly when: string
  readonly environment: Record<string, string>
  readonly sentence: string | RegExp
}

const WRONG: Wrong[] = [
  {
    when: 'no key is there',
    environment: {},
    sentence:
      'JWT_SECRET, JWT_PUBLIC_KEYS or JWT_JWKS_URL must be set: without a key no caller can be recognised.',
  },
  {
    when: 'the secret is short',
    environment: { JWT_SECRET: 'x'.repeat(31) },
    sentence: /^JWT_SECRET must be at least 32 bytes long/,
  },
  {
    when: 'the conflict rule is unknown',
    environment: { JWT_SECRET, CHANNEL_KEY_CONFLICT: 'maybe' },
    sentence: 'CHANNEL_KEY_CONFLICT must be one of override, reject.',
  },
  {
    when: 'the log level is unknown',
    environment: { JWT_SECRET, LOG_LEVEL: 'INFO' },
    sentence: /^LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent\.$/,
  },
  ...['collector:4318', 'ftp://collector', 'http://me:secret@collector', 'http://collector?a=b'].map(
    (OTEL_EXPORTER_OTLP_ENDPOINT) => ({
      when: `the collector is ${OTEL_EXPORTER_OTLP_ENDPOINT}`,
      environment: { JWT_SECRET, OTEL_EXPORTER_OTLP_ENDPOINT },
      sentence: /^OTEL_EXPORTER_OTLP_ENDPOINT is wrong: it must (?:be an http|not have a user).*\.$/,
    }),
  ),
  ...['secret', '=secret', 'a b=secret', 'api-key=%ff', 'api-key=%0Asecret'].map((pairs) => ({
    when: `the headers for the collector are ${pairs}`,
    environment: { JWT_SECRET, OTEL_EXPORTER_OTLP_HEADERS: pairs },
    sentence: /^OTEL_EXPORTER_OTLP_HEADERS is wrong: (?!.*secret).*\.$/,
  })),
  {
    when: 'the part of the requests that is traced is more than all',
    environment: { JWT_SECRET, OTEL_TRACES_SAMPLER_ARG: '1.5' },
    sentence: 'OTEL_TRACES_SAMPLER_ARG is wrong: it must be a number from 0 to 1.',
  },
  {
    when: 'Redis has no keys',
    environment: { JWT_SECRET, REDIS_URL: 'redis://localhost' },
    sentence: /^ENCRYPTION_KEYS must be set with Redis/,
  },
  ...[
    'localhost:6379',
    'http://localhost',
    'redis:',
    'redis://',
    'redis:///1',
    'redis://a:99999',
    'redis-sentinel://a',
  ].map((REDIS_URL) => ({
    when: `REDIS_URL is ${REDIS_URL}`,
    environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_URL },
    sentence: /^REDIS_URL is wrong: the address of Redis must look like redis:\/\/.*\.$/,
  })),
  ...['redis://a/one', 'redis://a?db=1', 'redis://a#b'].map((REDIS_URL) => ({
    when: `REDIS_URL is ${REDIS_URL}`,
    environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_URL },
    sentence:
      'REDIS_URL is wrong: after host and port the address of Redis may only have a database number, such as /0.',
  })),
  ...['REDIS_CLUSTER', 'REDIS_SENTINELS'].flatMap((name) => [
    ...[
      'x',
      ':1',
      'a:',
      'a:b',
      'a:1,,b:2',
      'a:1,',
      'u:p@a:1',
      'a:99999',
      'a:0',
      'http://a:1',
      '::1:6379',
    ].map((list) => ({
      when: `${name} is ${list}`,
      environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, [name]: list },
      sentence: new RegExp(`^${name} is wrong: entry \\d must look like host:port, or redis://.*\\.$`),
    })),
    {
      when: `${name} has no keys`,
      environment: { JWT_SECRET, [name]: 'a:1' },
      sentence: /^ENCRYPTION_KEYS must be set with Redis/,
    },
    {
      when: `${name} has entries that differ`,
      environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, [name]: 'a:1,b:2,redis://:p@c:3' },
      sentence: `${name} is wrong: entry 3 differs from entry 1 in more than host and port.`,
    },
  ]),
  {
    when: 'REDIS_CLUSTER has a database',
    environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_CLUSTER: 'redis://a:1/1' },
    sentence: 'REDIS_CLUSTER is wrong: a Redis Cluster has no database but 0.',
  },
  {
    when: 'two places of the store are set',
    environment: { JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_URL: 'redis://a', REDIS_CLUSTER: 'a:1' },
    sentence: 'REDIS_URL and REDIS_CLUSTER exclude each other: only one of them may be set.',
  },
  {
    when: 'three places of the store are set',
    environment: {
      ...{ JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_URL: 'redis://a' },
      ...{ REDIS_CLUSTER: 'a:1', REDIS_SENTINELS: 'a:1' },
    },
    sentence: /^REDIS_URL and REDIS_CLUSTER and REDIS_SENTINELS exclude each other/,
  },
  ...['x', 'https://id.example', 'https://u:p@id.example/keys', 'ftp://id.example/keys'].map(
    (JWT_JWKS_URL) => ({
      when: `JWT_JWKS_URL is ${JWT_JWKS_URL}`,
      environment: { JWT_JWKS_URL },
      sentence: /^JWT_JWKS_URL is wrong: it must be an https address with a path.*\.$/,
    }),
  ),
  {
    when: 'JWT_JWKS_URL is plain http',
    environment: { JWT_JWKS_URL: 'http://id.example/keys' },
    sentence: 'JWT_JWKS_URL is wrong: it is plain http, which is allowed only for loopback.',
  },
  {
    when: 'a host is wrong',
    environment: { JWT_SECRET, WATI_HOSTS: 'http://wati.example' },
    sentence: /^WATI_HOSTS is wrong: "http:\/\/wati\.example" is plain http.*\.$/,
  },
  {
    when: 'an encryption key is wrong',
    environment: { JWT_SECRET, ENCRYPTION_KEYS: 'k1' },
    sentence: /^ENCRYPTION_KEYS is wrong: key 1 must have the form id:base64.*\.$/,
  },
  {
    when: 'the file of keys is absent',
    environment: { JWT_PUBLIC_KEYS: './no/such/file.pem' },
    sentence: /^JWT_PUBLIC_KEYS is wrong: .*\.$/,
  },
  {
    when: 'the file of keys is a folder',
    environment: { JWT_PUBLIC_KEYS: '.' },
    sentence: /^JWT_PUBLIC_KEYS is wrong: .*\.$/,
  },
]

for (const { when, environment, sentence } of WRONG) {
  t.test(`when ${when}, there is one sentence about it`, async (t) => {
    const mistakes = mistakesOf(environment)
    t.equal(mistakes.length, 1)
    t.match(mistakes[0], sentence)
  })
}

t.test('32 bytes of secret are counted as bytes, not as letters', async (t) => {
  t.same(mistakesOf({ JWT_SECRET: 'é'.repeat(16) }), [])
  t.equal(mistakesOf({ JWT_SECRET: 'é'.repeat(15) }).length, 1)
})

t.test('all mistakes come at once, one sentence each', async (t) => {
  const mistakes = mistakesOf({
    PORT: 'x',
    ADMIN_PORT: '-1',
    BODY_LIMIT_BYTES: '0',
    LOG_LEVEL: 'loud',
    CHANNEL_KEY_CONFLICT: 'maybe',
    REDIS_URL: 'http://redis',
    REDIS_CLUSTER: 'a',
    WATI_HOSTS: 'http://wati.example',
    JWT_PUBLIC_KEYS: '/no/such/file',
    JWT_SECRET: 'short',
  })
  t.same(mistakes.map((mistake) => /^[A-Z_]+/.exec(mistake)?.[0]).sort(), [
    ...[
      'ADMIN_PORT',
      'BODY_LIMIT_BYTES',
      'CHANNEL_KEY_CONFLICT',
      'ENCRYPTION_KEYS',
      'JWT_PUBLIC_KEYS',
      'JWT_SECRET',
    ],
    ...['LOG_LEVEL', 'PORT', 'REDIS_CLUSTER', 'REDIS_URL', 'REDIS_URL', 'WATI_HOSTS'],
  ])
  for (const mistake of mistakes) t.match(mistake, /^[A-Z_]+ [^\n]+\.$/)
})

t.test('the error as a whole is the sentences, a line each', async (t) => {
  t.throws(() => readSettings({ PORT: 'x', JWT_SECRET: 'y' }), {
    name: 'WrongSettings',
    message: /^PORT must be .*\nJWT_SECRET must be .*$/,
  })
})

const SECRET_TEXT = 'c29tZXRoaW5nLXZlcnktc2VjcmV0LWluZGVlZC0wMDA'

const LEAKS: readonly (readonly [what: string, environment: Record<string, string>])[] = [
  ['a short JWT secret', { JWT_SECRET: SECRET_TEXT.slice(0, 20) }],
  [
    'a Redis address with a password',
    { JWT_SECRET, ENCRYPTION_KEYS: KEYS, REDIS_URL: `http://u:${SECRET_TEXT}@a` },
  ],
  ['a Redis cluster with a password', { JWT_SECRET, REDIS_CLUSTER: `u:${SECRET_TEXT}@a:1` }],
  ['a password of nodes that differ', { JWT_SECRET, REDIS_CLUSTER: `redis://:${SECRET_TEXT}@a:1,b:2` }],
  ['a password of Sentinels', { JWT_SECRET, REDIS_SENTINELS: `redis://a:1?password=${SECRET_TEXT}` }],
  ['an address of keys with a password', { JWT_JWKS_URL: `https://u:${SECRET_TEXT}@id.example/keys` }],
  ['an encryption key without an id', { JWT_SECRET, ENCRYPTION_KEYS: SECRET_TEXT }],
  ['an encryption key with a wrong length', { JWT_SECRET, ENCRYPTION_KEYS: `k1:${SECRET_TEXT}AAAA` }],
  ['an encryption key whose id stands behind it', { JWT_SECRET, ENCRYPTION_KEYS: `${SECRET_TEXT}:k1` }],
  ['a second encryption key that is broken', { JWT_SECRET, ENCRYPTION_KEYS: `${KEYS},k2:${SECRET_TEXT}!` }],
  ['two encryption keys of one id', { JWT_SECRET, ENCRYPTION_KEYS: `${KEYS},${KEYS}` }],
  [
    'a private key where the path of a file belongs',
    { JWT_PUBLIC_KEYS: `-----BEGIN PRIVATE KEY-----\n${SECRET_TEXT}\n-----END PRIVATE KEY-----\n` },
  ],
  [
    'a JWKS where the path of a file belongs',
    { JWT_PUBLIC_KEYS: `{"keys":[{"kty":"oct","k":"${SECRET_TEXT}"}]}` },
  ],
]

for (const [what, environment] of LEAKS) {
  t.test(`no sentence shows ${what}`, async (t) => {
    const text = mistakesOf(environment).join('\n')
    t.not(text, '')
    for (const secret of [SECRET_TEXT, SECRET_TEXT.slice(0, 20), KEYS.slice(3)])
      t.notOk(text.includes(secret), text)
  })
}

t.test('no sentence shows what stands in a file of keys', async (t) => {
  const folder = t.testdir({
    'broken.jwks': `{"keys":[{"kty":"RSA","d":"${SECRET_TEXT}" x`,
    'short.jwks': `{"d":${SECRET_TEXT.slice(0, 20)}`,
    'private.jwks': `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA","d":"${SECRET_TEXT}"}]}`,
    'secret.jwks': `{"keys":[{"kty":"oct","k":"${SECRET_TEXT}"}]}`,
    'private.pem': `-----BEGIN PRIVATE KEY-----\n${SECRET_TEXT}\n-----END PRIVATE KEY-----\n`,
    'secret.txt': SECRET_TEXT,
  })
  for (const file of [
    'broken.jwks',
    'short.jwks',
    'private.jwks',
    'secret.jwks',
    'private.pem',
    'secret.txt',
  ]) {
    const text = mistakesOf({ JWT_PUBLIC_KEYS: `${folder}/${file}` }).join('\n')
    t.match(text, /^JWT_PUBLIC_KEYS is wrong: /, file)
    t.notOk(text.includes(SECRET_TEXT.slice(0, 8)), `${file}: ${text}`)
  }
})
