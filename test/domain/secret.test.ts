import { createHash } from 'node:crypto'
import { format, inspect } from 'node:util'
import t from 'tap'
import { Secret } from '../../src/domain/secret.ts'

const TOKEN = 'wati_11111111-2222.abcdef'

t.test('only reveal gives the value', async (t) => t.equal(new Secret(TOKEN).reveal(), TOKEN))

t.test('a secret shows itself nowhere else', async (t) => {
  const secret = new Secret(TOKEN)
  const shown = [
    [secret].join(''),
    'a'.concat(secret as unknown as string),
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: { er: [secret] } }, { showHidden: true, depth: null, customInspect: false }),
    format('%s %o %O %j', secret, secret, secret, secret),
    JSON.stringify(Object.assign({}, secret)),
    Object.keys(secret).join(),
    String(new Error(String(secret))),
  ]
  for (const text of shown) t.notMatch(text, /wati_|abcdef/)
})

t.test('a clone has nothing in it', async (t) => t.same(structuredClone(new Secret(TOKEN)), {}))

t.test('its fingerprint is the start of its SHA-256, so two tokens are told apart', async (t) => {
  t.equal(new Secret(TOKEN).fingerprint(), createHash('sha256').update(TOKEN).digest('hex').slice(0, 8))
  t.not(new Secret(TOKEN).fingerprint(), new Secret(`${TOKEN}x`).fingerprint())
})
