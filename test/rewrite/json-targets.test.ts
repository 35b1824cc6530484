import t from 'tap'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'

const NUMBER = '85264318722'

interface Case {
  readonly when: string
  readonly body: string
  readonly becomes: string
  readonly claimed?: readonly string[]
}

type Rules = Omit<Parameters<typeof rewriteJson>[1], 'keys' | 'number'>

const rewritten = (body: string, rules: Rules): { value: Buffer; claimed: readonly string[] } =>
  rewriteJson(Buffer.from(body), { keys: [], number: NUMBER, ...rules })

/** `N` stands for the channel's number. */
const SET: Case[] = [
  { when: 'it is bare', body: '{"target":"551"}', becomes: '{"target":"N:551"}' },
  {
    when: 'it names another channel',
    body: '{"target":"1:551"}',
    becomes: '{"target":"N:551"}',
    claimed: ['1'],
  },
  {
    when: 'it names the right channel',
    body: `{ "target" : "${NUMBER}:551" }`,
    becomes: '{ "target" : "N:551" }',
    claimed: [NUMBER],
  },
  {
    when: 'white space and odd members stand around it',
    body: ' {\t"a" : 1.0 ,\n "target" \r\n:\t"1:551"  ,"b":[1e400, {"target":"9:9"}],"a":2}\n',
    becomes: ' {\t"a" : 1.0 ,\n "target" \r\n:\t"N:551"  ,"b":[1e400, {"target":"9:9"}],"a":2}\n',
    claimed: ['1'],
  },
  {
    when: 'its name is escaped',
    body: '{"targe\\u0074":"1:551"}',
    becomes: '{"targe\\u0074":"N:551"}',
    claimed: ['1'],
  },
  { when: 'its name is in capitals', body: '{"TarGet":"1:2"}', becomes: '{"TarGet":"N:2"}', claimed: ['1'] },
  {
    when: 'its value is escaped',
    body: '{"target":"\\u0031\\u003a551","x":"\\u0031"}',
    becomes: '{"target":"N:551","x":"\\u0031"}',
    claimed: ['1'],
  },
  {
    when: 'a channel key stands beside it',
    body: '{"channel":"2", "target":"551","CHANNEL_number":3}',
    becomes: '{ "target":"N:551"}',
    claimed: ['2', '3'],
  },
  {
    when: 'strings hold what looks like it',
    body: '{"a":"\\"target\\":\\"1:2\\"","target":"551","targets":"1:2","target2":"1:2"}',
    becomes: '{"a":"\\"target\\":\\"1:2\\"","target":"N:551","targets":"1:2","target2":"1:2"}',
  },
]

for (const { when, body, becomes, claimed = [] } of SET) {
  t.test(`a target gets the channel in front when ${when}, and the rest stays`, async (t) => {
    for (const target of [
      'set',
      ...(becomes.includes('N:551') && body.includes(':551') ? ['replace'] : []),
    ]) {
      const result = rewritten(body, { target: target as 'set' })
      t.equal(result.value.toString(), becomes.replaceAll('N:', `${NUMBER}:`))
      t.same(result.claimed, claimed)
    }
  })
}

t.test(
  'where a prefix is only replaced, all else passes: no target, a bare one, one that is no text',
  async (t) => {
    for (const body of ['{}', '{"a":1}', '{"target":"551" }', '{"target":null}', '{"target":""}']) {
      t.equal(rewritten(body, { target: 'replace' }).value.toString(), body)
    }
    const { value, claimed } = rewritten('{"target":"1:551","teams":["a"]}', { target: 'replace' })
    t.equal(value.toString(), `{"target":"${NUMBER}:551","teams":["a"]}`)
    t.same(claimed, ['1'])
  },
)

t.test('a target is nothing special where the operation has none', async (t) => {
  const body = '{"target":"1:551","target":2,"contacts":[{"target":"1:2"}]}'
  t.equal(rewritten(body, {}).value.toString(), body)
})

const TWICE = [
  '{"target":"1","target":"1"}',
  '{"target":"1","TARGET":"2"}',
  '{"target":"1","a":1,"targe\\u0074":"2"}',
  '{"target":null,"target":"2"}',
]
for (const body of TWICE) {
  t.test(`a target that stands twice is refused: ${body}`, async (t) => {
    t.throws(() => rewritten(body, { target: 'set' }), Malformed)
    t.throws(() => rewritten(body, { target: 'replace' }), Malformed)
    const contact = `{"contacts":[{"target":"1"},${body}]}`
    t.throws(
      () => rewritten(contact, { targetsIn: { array: 'contacts', prefix: 'replace' } }),
      Malformed,
      'in a contact, too',
    )
  })
}

const NEEDED = ['{}', '{"a":1}', '{"a":{"target":"1"}}', '{"contacts":[{"target":"1"}]}']
const NO_TEXT = ['null', '1', 'true', '{}', '["551"]', '{"target":"551"}'].map(
  (value) => `{"target":${value}}`,
)
const NO_TARGET = [
  '""',
  '":"',
  '"1:"',
  '"1:2:3"',
  '"55\\u00a01"',
  '"1\\u003a2\\u003a3"',
  '"a\\/b"',
  '"\\ud800"',
]
for (const body of [...NEEDED, ...NO_TEXT, ...NO_TARGET.map((value) => `{"target":${value}}`)]) {
  t.test(`a body that needs a target is refused: ${body}`, async (t) => {
    t.throws(() => rewritten(body, { target: 'set' }), Malformed)
  })
}

for (const value of NO_TARGET.filter((value) => value !== '""')) {
  t.test(
    `a target that no reader is sure of is refused also where it is only replaced: ${value}`,
    async (t) => {
      t.throws(() => rewritten(`{"target":${value}}`, { target: 'replace' }), Malformed)
      t.throws(
        () =>
          rewritten(`{"contacts":[{"target":${value}}]}`, {
            targetsIn: { array: 'contacts', prefix: 'replace' },
          }),
        Malformed,
      )
    },
  )
}

const CONTACTS: Case[] = [
  { when: 'there are none', body: '{"contacts":[]}', becomes: '{"contacts":[]}' },
  { when: 'white space is all there is', body: '{"contacts" : [ \n] }', becomes: '{"contacts" : [ \n] }' },
  {
    when: 'some have a prefix',
    body: '{"contacts":[ {"target":"1:551","a":1.0} ,\n{ "target" : "552" },{"Target":"2:553"}]}',
    becomes: '{"contacts":[ {"target":"N:551","a":1.0} ,\n{ "target" : "552" },{"Target":"N:553"}]}',
    claimed: ['1', '2'],
  },
  {
    when: 'an escape hides one',
    body: '{"contact\\u0073":[{"\\u0074arget":"\\u0031:551"}]}',
    becomes: '{"contact\\u0073":[{"\\u0074arget":"N:551"}]}',
    claimed: ['1'],
  },
  {
    when: 'the name is in capitals and repeated',
    body: '{"CONTACTS":[{"target":"1:551"}],"contacts":[{"target":"2:552"}]}',
    becomes: '{"CONTACTS":[{"target":"N:551"}],"contacts":[{"target":"N:552"}]}',
    claimed: ['1', '2'],
  },
  {
    when: 'something else has the same names',
    body: '{"target":"1:2","a":{"contacts":[{"target":"1:2"}]},"contacts":[{"x":{"target":"1:2"},"y":[{"target":"1:2"}]}]}',
    becomes:
      '{"target":"1:2","a":{"contacts":[{"target":"1:2"}]},"contacts":[{"x":{"target":"1:2"},"y":[{"target":"1:2"}]}]}',
  },
  {
    when: 'targets are missing, null or empty',
    body: '{"contacts":[{ },{"target":null},{"target" : ""}],"Contacts":null}',
    becomes: '{"contacts":[{ },{"target":null},{"target" : ""}],"Contacts":null}',
  },
]

for (const { when, body, becomes, claimed = [] } of CONTACTS) {
  t.test(`contacts keep all but another channel's prefix when ${when}`, async (t) => {
    const result = rewritten(body, { targetsIn: { array: 'contacts', prefix: 'replace' } })
    t.equal(result.value.toString(), becomes.replaceAll('N:', `${NUMBER}:`))
    t.same(result.claimed, claimed)
  })
}

const ODD_CONTACTS = [
  ...['1', '"1:2"', '{"target":"1:2"}', '{"$values":[{"target":"1:2"}]}', '[[{"target":"1:2"}]]', '["1:2"]'],
  ...[
    '[{"target":"1"},null]',
    '[{"target":5}]',
    '[{"target":["1:2"]}]',
    '[{"$ref":"1"}]',
    '[{"tar_get":"1:2"}]',
  ],
  ...['[{"[]target":"1:2"}]', '[{"a.target":"1:2"}]', `[${'{},'.repeat(10_000)}{}]`],
]
for (const contacts of ODD_CONTACTS) {
  t.test(
    `contacts in which only some readers find a target are refused: ${contacts.slice(0, 40)}`,
    async (t) => {
      for (const array of ['contacts', 'recipients'] as const) {
        const body = `{"${array}":${contacts}}`
        t.throws(() => rewritten(body, { targetsIn: { array, prefix: 'replace' } }), Malformed)
      }
    },
  )
}

t.test('ten thousand contacts are rewritten within two seconds', async (t) => {
  const contacts = Array.from({ length: 10_000 }, (_, at) => `{"target":"1:${at}","a":{"b":[1,2]}}`).join(
    ', ',
  )
  const start = performance.now()
  const { value, claimed } = rewritten(`{"contacts":[${contacts}]}`, {
    targetsIn: { array: 'contacts', prefix: 'replace' },
  })
  t.ok(performance.now() - start < 2_000)
  t.equal(claimed.length, 10_000)
  t.equal(value.toString(), `{"contacts":[${contacts.replaceAll('"1:', `"${NUMBER}:`)}]}`)
})
