import { type Static, Type } from '@sinclair/typebox'
import { ROAD_SETTINGS } from './road-settings.ts'
import { milliseconds, port, text } from './setting-kinds.ts'
import { TRACING_SETTINGS } from './tracing/tracing-settings.ts'

/** Every setting there is: name, form, preset, meaning. The README's table is tested against it. */
export const SettingsSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', description: 'address of the data plane' }),
  PORT: port(8080, 'port of the data plane'),
  ADMIN_HOST: Type.String({ default: '127.0.0.1', description: 'address of the control plane' }),
  ADMIN_PORT: port(8081, 'port of the control plane'),
  REDIS_URL: text(
    'redis:// or rediss:// address of the store; without it the embedded store in DATA_DIR is used',
  ),
  REDIS_TIMEOUT_MS: Type.Integer({
    default: 400,
    minimum: 10,
    maximum: 60_000,
    description: 'the longest wait for one answer of Redis, or for a connection to it',
  }),
  REDIS_CLUSTER: text('host:port,host:port of a Redis Cluster, in place of REDIS_URL'),
  REDIS_SENTINELS: text('host:port,host:port of the Sentinels of a Redis server, in place of REDIS_URL'),
  REDIS_SENTINEL_NAME: Type.String({
    default: 'mymaster',
    description: 'the name under which the Sentinels know the Redis server',
  }),
  DATA_DIR: Type.String({
    default: './data',
    description:
      'folder of the embedded store, one process at a time; with Redis, of a sealed copy of the directory',
  }),
  DIRECTORY_COPY_MS: Type.Integer({
    default: 5_000,
    minimum: 0,
    maximum: 3_600_000,
    description:
      'with Redis: the shortest time between two sealed copies of the directory in DATA_DIR; 0 keeps none',
  }),
  CHANGES_KEPT: Type.Integer({
    default: 100_000,
    minimum: 1_000,
    maximum: 10_000_000,
    description: 'how many changes of the directory the store remembers',
  }),
  REPLICAS_WAIT_MS: milliseconds(
    5_000,
    'the longest wait of a write that asked to be in force on all replicas',
  ),
  REPLICA_FORGOTTEN_MS: milliseconds(
    600_000,
    'how long a replica that vanished without a word is listed and waited for',
  ),
  ENCRYPTION_KEYS: text('id:base64-of-32-bytes,…; the first seals, all open; needed with Redis'),
  JWT_SECRET: text('secret of HS256 tokens, at least 32 bytes'),
  JWT_PUBLIC_KEYS: text('path of a PEM or JWKS file with the public keys of RS256, ES256 and EdDSA tokens'),
  JWT_JWKS_URL: text('https address of the JWKS of an identity provider, for RS256, ES256 and EdDSA tokens'),
  JWT_JWKS_MAX_AGE_MS: milliseconds(600_000, 'how long fetched keys are used before they are fetched again'),
  JWT_JWKS_COOLDOWN_MS: milliseconds(30_000, 'the shortest time between two fetches of the JWKS'),
  JWT_JWKS_TIMEOUT_MS: milliseconds(5_000, 'the longest wait for the JWKS'),
  JWT_ISSUER: text('the iss claim every token must have'),
  JWT_AUDIENCE: text('the aud claim every token must have'),
  TOKEN_LIFETIME_LIMIT_SECONDS: Type.Integer({
    default: 31_622_400,
    minimum: 60,
    maximum: 3_153_600_000,
    description: 'the longest life of a caller token that the control plane issues; the preset is 366 days',
  }),
  TOKEN_EXPIRY_WARNING_DAYS: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 365,
    description: "how long before its end an account's token is warned of",
  }),
  TOKEN_FILE_CHECK_MS: milliseconds(10_000, 'how often the files that tokenFrom names are read again'),
  SESSION_LIFETIME_SECONDS: Type.Integer({
    default: 28_800,
    minimum: 60,
    maximum: 604_800,
    description: 'the longest life of a session of the admin page; it never outlives its token',
  }),
  SESSION_COOKIE_SECURE: Type.Union([Type.Literal('false'), Type.Literal('true')], {
    default: 'false',
    description: "whether the admin page's cookie travels over https alone: true behind a proxy with TLS",
  }),
  ...ROAD_SETTINGS,
  SHUTDOWN_DELAY_MS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 3_600_000,
    description: 'after a signal: how long to be unready and still serve',
  }),
  SHUTDOWN_TIMEOUT_MS: milliseconds(30_000, 'after a signal: the hard stop, exit code 1'),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'pino level; the line of each request is info' },
  ),
  LOG_BUFFER_BYTES: Type.Integer({
    default: 4_194_304,
    minimum: 65_536,
    maximum: 1_073_741_824,
    description: 'how much of the log is kept while nobody takes it; beyond that lines are dropped',
  }),
  METRICS_ACCOUNT_LIMIT: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 100_000,
    description: 'how many accounts have series of their own in the metrics',
  }),
  ...TRACING_SETTINGS,
})

export type Settings = Readonly<Static<typeof SettingsSchema>>
