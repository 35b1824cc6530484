import t from 'tap'
import { readJwksUrl } from '../src/fetch-jwks.ts'

const TAKEN = [
  'https://id.example/keys',
  'https://id.example/.well-known/jwks.json',
  'https://id.example:8443/realms/a%20b/keys',
  // Microsoft Entra gives the keys of an application so.
  'https://id.example/common/discovery/keys?appid=1',
  'https://127.0.0.1/keys',
  'HTTPS://ID.EXAMPLE/keys',
  'http://localhost:8080/keys',
  'http://127.0.0.1:8080/keys',
  'http://127.8.9.10/keys',
  'http://[::1]:8080/keys',
]

for (const url of TAKEN) {
  t.test(`${url} is taken`, async (t) => t.equal(readJwksUrl(url).href, new URL(url).href))
}

const NO_ADDRESS = /^it must be an https address with a path/
const PLAIN = /^it is plain http/

const REFUSED: readonly (readonly [url: string, sentence: RegExp])[] = [
  ['', NO_ADDRESS],
  ['x', NO_ADDRESS],
  ['id.example/keys', NO_ADDRESS],
  ['//id.example/keys', NO_ADDRESS],
  ['https:id.example/keys', NO_ADDRESS],
  ['https:/id.example/keys', NO_ADDRESS],
  ['https:///keys', NO_ADDRESS],
  ['https://id.example', NO_ADDRESS],
  ['https://id.example?keys', NO_ADDRESS],
  ['https://user@id.example/keys', NO_ADDRESS],
  ['https://user:s3cret@id.example/keys', NO_ADDRESS],
  ['https://:s3cret@id.example/keys', NO_ADDRESS],
  ['https://id.example/keys#first', NO_ADDRESS],
  ['https://id.example/keys ', NO_ADDRESS],
  [' https://id.example/keys', NO_ADDRESS],
  ['https://id.example/ke\nys', NO_ADDRESS],
  ['https://id.example\\@evil.example/keys', NO_ADDRESS],
  ['https://id.example:99999/keys', NO_ADDRESS],
  ['file:///etc/keys', NO_ADDRESS],
  ['ftp://id.example/keys', NO_ADDRESS],
  ['data:application/json,{}', NO_ADDRESS],
  ['http://id.example/keys', PLAIN],
  ['http://localhost.evil.example/keys', PLAIN],
  ['http://127.0.0.1.evil.example/keys', PLAIN],
  ['http://10.0.0.1/keys', PLAIN],
  ['http://0.0.0.0/keys', PLAIN],
  ['http://[::]/keys', PLAIN],
]

for (const [url, sentence] of REFUSED) {
  t.test(`${JSON.stringify(url)} is refused with a sentence that does not show it`, async (t) => {
    t.throws(() => readJwksUrl(url), { message: sentence })
    try {
      readJwksUrl(url)
    } catch (error) {
      t.notMatch((error as Error).message, /s3cret|evil|user:|99999/)
    }
  })
}
