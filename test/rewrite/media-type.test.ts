import t from 'tap'
import { type MediaType, readMediaType } from '../../src/rewrite/media-type.ts'

const UNDERSTOOD: Readonly<Record<Exclude<MediaType['kind'], 'absent' | 'unknown'>, readonly string[]>> = {
  json: [
    'application/json-patch+json',
    'application/json',
    'text/json',
    'application/*+json',
    'application/problem+json',
    'application/vnd.api+json',
    'APPLICATION/JSON',
    'Text/Json',
    'application/json;charset=utf-8',
    'application/json; charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json; charset=utf8',
    'application/json; CHARSET=Utf-8',
    'application/json; charset="utf-8"',
    'application/json; charset="UTF-8"',
    'application/json ;charset=utf-8',
    'application/json\t;\tcharset=utf-8',
    'application/json; charset=utf-8; version=1.0',
    'application/json; version=1.0; charset=utf-8',
    'application/json; profile="https://example.com/a"',
    'application/json-patch+json; charset=utf-8',
    'text/json;',
    ' application/json\t',
  ],
  form: [
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-UrlEncoded',
    'application/x-www-form-urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded;charset="utf-8"',
  ],
  multipart: [
    'multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW',
    'multipart/form-data; boundary="a:b"',
  ],
}

for (const [type, fields] of Object.entries(UNDERSTOOD)) {
  for (const field of fields) {
    t.test(`${JSON.stringify(field)} is ${type}`, async (t) => t.equal(readMediaType(field).kind, type))
  }
}

t.test('no field is absent', async (t) => t.equal(readMediaType(undefined).kind, 'absent'))

const REFUSED: readonly (readonly [why: string, ...fields: readonly string[]])[] = [
  ['it is empty', '', ' '],
  ['it is no type', 'json', 'application', 'application/', '/json', '*', '*/*', '//'],
  [
    'no operation takes the type',
    ...['text/plain', 'application/xml', 'application/octet-stream', 'text/html', 'application/x-ndjson'],
    ...['multipart/mixed; boundary=a', 'text/x-json', 'application/x-json', 'image/png', 'application/jsonp'],
  ],
  [
    'the type only looks like a known one',
    ...['application/jsonx', 'xapplication/json', 'application/json+x', 'application/+json', 'text/a+json'],
    ...['application/json/x', 'application/x-www-form-urlencodedx', 'application/json-seq', 'application/*'],
  ],
  [
    'the charset is not UTF-8',
    ...[
      'utf-16',
      'UTF-16LE',
      'utf-7',
      'iso-8859-1',
      'us-ascii',
      'utf-8x',
      'utf',
      '"utf-16"',
      "'utf-8'",
      '""',
    ].map((charset) => `application/json; charset=${charset}`),
    'application/x-www-form-urlencoded; charset=windows-1252',
  ],
  [
    'two charsets are named',
    'application/json; charset=utf-8; charset=utf-8',
    'application/json; charset=utf-8; CHARSET=utf-16',
    'application/json; charset=utf-8; a=b; charset="utf-8"',
  ],
  [
    'the grammar is broken',
    ...['application/json; charset', 'application/json; charset=', 'application/json; =utf-8'],
    ...[
      'application/json; charset =utf-8',
      'application/json; charset= utf-8',
      'application/json charset=utf-8',
    ],
    ...['application/json; charset="utf-8', 'application/json; charset=utf-8"', 'application/json; a="b;c"'],
    ...[
      'application/json; charset="utf-8"x',
      'application/json; charset="ut\\f-8"',
      'application/json; a=b c=d',
    ],
    ...['application /json', 'application/ json', 'application/json, text/json', 'application/json,'],
    ...['application/json; a="é"', 'application/jsön', '"application/json"'],
  ],
  [
    'something trails',
    ...['application/json garbage', 'application/json\tgarbage', 'application/json; charset=utf-8 x'],
    ...['application/json\0', 'application/json\r\nx: y', 'application/json\x0b'],
  ],
  [
    'white space is not where it may be',
    ...['application/\tjson', 'application\t/json'],
    ...['\u00a0application/json', 'application/json\u00a0', 'application/json\u00a0; charset=utf-8'],
    ...[
      'application/json;\u00a0charset=utf-8',
      'application/json; charset=utf-8\u00a0',
      '\uFEFFapplication/json',
    ],
    ...['\napplication/json', '\x0capplication/json'],
  ],
]

for (const [why, ...fields] of REFUSED) {
  for (const field of fields) {
    t.test(`${JSON.stringify(field)} is refused: ${why}`, async (t) =>
      t.equal(readMediaType(field).kind, 'unknown'),
    )
  }
}

// Node lets 16 KiB of header through: reading it must not take longer the more spaces stand in it.
const LONG_FIELDS: readonly (readonly [what: string, field: string])[] = [
  ['many parameters', `application/json${'; a=b'.repeat(3_200)}`],
  ['many spaces and no parameter', `application/json;${' '.repeat(16_000)}x!"`],
  ['many spaces behind a parameter', `application/json;a=b${' '.repeat(16_000)}x`],
  ['many semicolons', `application/json${';'.repeat(16_000)}x`],
  ['many suffixes', `application/${'+json'.repeat(3_200)}!/`],
]

for (const [what, field] of LONG_FIELDS) {
  t.test(`a field of 16 KiB with ${what} is read within 50 ms`, async (t) => {
    const start = performance.now()
    readMediaType(field)
    t.ok(performance.now() - start < 50)
  })
}
