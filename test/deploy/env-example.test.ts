import { readFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { readSettings } from '../../src/config.ts'
import { SettingsSchema } from '../../src/settings-schema.ts'

const EXAMPLE = readFileSync(new URL('../../config/.env.example', import.meta.url), 'utf8')

/** A setting stands at the start of a line or right behind a #; sentences have a space there. */
const written = [...EXAMPLE.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, hash, name = '', value = '']) => ({
    name,
    value,
    commented: hash === '#',
  }),
)

const properties = SettingsSchema.properties as Record<string, { default?: string | number }>

t.test('the example names every setting of the schema once, and nothing else', async (t) => {
  t.same(written.map(({ name }) => name).sort(), Object.keys(properties).sort())
})

t.test('every line is a setting, a sentence, or empty', async (t) => {
  for (const line of EXAMPLE.split('\n')) t.match(line, /^(?:#?[A-Z][A-Z0-9_]*=\S*|# .+|)$/)
})

t.test('what is commented out shows its preset', async (t) => {
  const shown = written.filter(({ commented }) => commented).map(({ name, value }) => [name, value])
  const presets = shown.map(([name = '']) => [name, String(properties[name]?.default ?? '')])
  t.same(shown, presets)
})

t.test('what is not commented out is needed: it has no preset, and is left empty', async (t) => {
  const needed = written.filter(({ commented }) => !commented)
  t.same(needed.map(({ name }) => name).sort(), ['ENCRYPTION_KEYS', 'JWT_PUBLIC_KEYS', 'JWT_SECRET'])
  t.ok(needed.every(({ name, value }) => value === '' && properties[name]?.default === undefined))
})

t.test('a copy as it is does not start: it says what is needed', async (t) => {
  t.throws(() => readSettings(parseEnv(EXAMPLE)), /JWT_SECRET, JWT_PUBLIC_KEYS or JWT_JWKS_URL/)
})

t.test('a copy with the needed settings filled in is accepted', async (t) => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
  const folder = t.testdir({ 'keys.pem': pem })
  const filled = EXAMPLE.replace(
    /^ENCRYPTION_KEYS=$/m,
    `ENCRYPTION_KEYS=k1:${Buffer.alloc(32).toString('base64')}`,
  )
    .replace(/^JWT_SECRET=$/m, `JWT_SECRET=${Buffer.alloc(48, 1).toString('base64')}`)
    .replace(/^JWT_PUBLIC_KEYS=$/m, `JWT_PUBLIC_KEYS=${join(folder, 'keys.pem')}`)
  t.match(readSettings(parseEnv(filled)), { PORT: 8080, WATI_HOSTS: '*.wati.io' })
})

t.test('a copy with every comment sign removed is accepted too: the presets are valid values', async (t) => {
  const uncommented = EXAMPLE.replaceAll(/^#(?=[A-Z][A-Z0-9_]*=)/gm, '')
  const filled = { ...parseEnv(uncommented), JWT_SECRET: 'a secret that is long enough for HS256' }
  t.same(readSettings(filled), readSettings({ JWT_SECRET: 'a secret that is long enough for HS256' }))
})
