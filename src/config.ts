import { readFileSync } from 'node:fs'
import envSchema, { type EnvSchemaOpt } from 'env-schema'
import { readRedisAddress } from './directory/redis-address.ts'
import { makeSeal } from './directory/seal.ts'
import { readWatiHosts } from './domain/wati-hosts.ts'
import { readJwksUrl } from './fetch-jwks.ts'
import { readPublicKeys } from './public-keys.ts'
import { type Settings, SettingsSchema } from './settings-schema.ts'
import { readPairs, readRatio, readTracesUrl } from './tracing/otel-settings.ts'

/** The settings are wrong: one sentence for each mistake, none of which shows a value. */
export class WrongSettings extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.name = 'WrongSettings'
    this.mistakes = mistakes
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads the settings out of the environment: the only place that does.
 * An empty variable counts as not set, because compose files and charts write those.
 * Throws `WrongSettings` with all mistakes at once.
 */
export function readSettings(environment: Environment): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { settings, mistakes: ofForm } = readForm(given)
  const mistakes = [...ofForm, ...checkMeaning(given), ...checkLimits(settings)]
  if (mistakes.length > 0 || settings === undefined) throw new WrongSettings(mistakes)
  return Object.freeze(settings)
}

/** A variable that is no setting: an account's token that is kept there (`tokenFrom`). */
export function readVariable(name: string): string | undefined {
  // What every object has, such as toString, is no variable.
  return Object.hasOwn(process.env, name) ? process.env[name] : undefined
}

interface Violation {
  readonly instancePath: string
}

/** What JavaScript takes for a number besides digits (`Infinity`, `0x50`) would lift a limit or hide a slip. */
function notWhole(given: Environment): string[] {
  const integers = Object.entries(SettingsSchema.properties).filter(([, schema]) => 'minimum' in schema)
  return integers.map(([name]) => name).filter((name) => !/^[0-9]+$/.test(given[name] ?? '0'))
}

type Ajv = Parameters<Extract<EnvSchemaOpt['ajv'], { customOptions: unknown }>['customOptions']>[0]

/** Kept, because it keeps the compiled schema: that takes longer than all else here. */
let settingsAjv: Ajv | undefined

/** Without a second pass over code that runs once. */
function withAllErrors(ajv: Ajv): Ajv {
  const { code } = ajv.opts
  return Object.assign(ajv, { opts: { ...ajv.opts, allErrors: true, code: { ...code, optimize: 0 } } })
}

function readForm(given: Environment): { settings?: Settings; mistakes: string[] } {
  const wrong = new Set(notWhole(given))
  try {
    const settings = envSchema<Settings>({
      schema: SettingsSchema,
      data: given,
      env: false,
      ajv: { customOptions: (fresh) => (settingsAjv ??= withAllErrors(fresh)) },
    })
    if (wrong.size === 0) return { settings, mistakes: [] }
  } catch (error) {
    const violations = (error as { errors?: Violation[] }).errors
    if (violations === undefined) throw error
    for (const violation of violations) wrong.add(violation.instancePath.slice(1))
  }
  const inOrder = Object.keys(SettingsSchema.properties).filter((name) => wrong.has(name))
  return { mistakes: inOrder.map((name) => `${name} must be ${wanted(name)}.`) }
}

/** What the schema wants of a setting, in words. */
function wanted(name: string): string {
  const schema = (SettingsSchema.properties as Record<string, object>)[name] ?? {}
  if ('minimum' in schema && 'maximum' in schema) {
    return `a whole number from ${String(schema.minimum)} to ${String(schema.maximum)}`
  }
  if ('anyOf' in schema)
    return `one of ${(schema.anyOf as { const: string }[]).map((one) => one.const).join(', ')}`
  return 'text'
}

/** What a schema cannot say: settings that need each other, and texts with a grammar of their own. */
function checkMeaning(given: Environment): string[] {
  const { JWT_SECRET, JWT_PUBLIC_KEYS, JWT_JWKS_URL, ENCRYPTION_KEYS, WATI_HOSTS } = given
  return [
    ...(JWT_SECRET === undefined && JWT_PUBLIC_KEYS === undefined && JWT_JWKS_URL === undefined
      ? [
          'JWT_SECRET, JWT_PUBLIC_KEYS or JWT_JWKS_URL must be set: without a key no caller can be recognised.',
        ]
      : []),
    ...(JWT_SECRET !== undefined && Buffer.byteLength(JWT_SECRET) < 32
      ? ['JWT_SECRET must be at least 32 bytes long (RFC 7518, 3.2): openssl rand -base64 48 makes one.']
      : []),
    ...checkRedis(given),
    ...problemOf('ENCRYPTION_KEYS', ENCRYPTION_KEYS, makeSeal),
    ...problemOf('WATI_HOSTS', WATI_HOSTS, readWatiHosts),
    ...problemOf('JWT_JWKS_URL', JWT_JWKS_URL, readJwksUrl),
    ...checkTracing(given),
    ...problemOf('JWT_PUBLIC_KEYS', JWT_PUBLIC_KEYS, (path) => readPublicKeys(readKeyFile(path))),
  ]
}

function checkTracing(given: Environment): string[] {
  return [
    ...problemOf('OTEL_EXPORTER_OTLP_ENDPOINT', given['OTEL_EXPORTER_OTLP_ENDPOINT'], readTracesUrl),
    ...problemOf('OTEL_EXPORTER_OTLP_HEADERS', given['OTEL_EXPORTER_OTLP_HEADERS'], readPairs),
    ...problemOf('OTEL_RESOURCE_ATTRIBUTES', given['OTEL_RESOURCE_ATTRIBUTES'], readPairs),
    ...problemOf('OTEL_TRACES_SAMPLER_ARG', given['OTEL_TRACES_SAMPLER_ARG'], readRatio),
  ]
}

/** Limits that contain each other. */
function checkLimits(settings: Settings | undefined): string[] {
  if (settings === undefined || settings.REQUEST_HEADERS_TIMEOUT_MS <= settings.REQUEST_TIMEOUT_MS) return []
  return ['REQUEST_HEADERS_TIMEOUT_MS must not be more than REQUEST_TIMEOUT_MS, which includes it.']
}

/** One store or none. `REDIS_SENTINEL_NAME` alone means nothing. */
function checkRedis(given: Environment): string[] {
  const set = (['REDIS_URL', 'REDIS_CLUSTER', 'REDIS_SENTINELS'] as const).filter(
    (name) => given[name] !== undefined,
  )
  const read = (name: string, value: string) => readRedisAddress({ REDIS_SENTINEL_NAME: '', [name]: value })
  return [
    ...(set.length > 1 ? [`${set.join(' and ')} exclude each other: only one of them may be set.`] : []),
    ...(set.length > 0 && given['ENCRYPTION_KEYS'] === undefined
      ? ['ENCRYPTION_KEYS must be set with Redis: wati-gateway keys generate makes one.']
      : []),
    ...set.flatMap((name) => problemOf(name, given[name], (value) => read(name, value))),
  ]
}

/** The system's own words would show the path, and people put the key itself there. */
function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`its file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, {
      cause: error,
    })
  }
}

function problemOf(name: string, value: string | undefined, read: (value: string) => unknown): string[] {
  if (value === undefined) return []
  try {
    read(value)
    return []
  } catch (error) {
    return [`${name} is wrong: ${error instanceof Error ? error.message : String(error)}.`]
  }
}
