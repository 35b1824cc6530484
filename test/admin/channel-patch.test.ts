import t from 'tap'
import type { Seen } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import { startRunning } from '../helpers/running-gateway.ts'

const FULL = {
  account: 'acme',
  number: '85264318722',
  enabled: false,
  description: 'Hong Kong',
  weight: 3,
  monthlyCalls: 500,
  labels: { team: 'latam', line: 'a' },
}

t.test('PATCH of a channel', async (t) => {
  const { admin, call } = await startRunning(t)
  const patch = (json: unknown, headers = {}, alias = 'full'): Promise<Seen> =>
    admin('PATCH', `/v1/channels/${alias}`, { json, headers })

  t.beforeEach(async () => {
    await admin('PUT', '/v1/channels/full', { json: FULL })
  })

  const CASES: readonly (readonly [string, object, object])[] = [
    ['nothing', {}, {}],
    ['the number, taken as digits', { number: '+852 1234-5678' }, { number: '85212345678' }],
    ['enabled', { enabled: true }, { enabled: true }],
    ['enabled taken away is the preset', { enabled: null }, { enabled: true }],
    ['a description taken away', { description: null }, { description: undefined }],
    ['an empty description', { description: '' }, { description: '' }],
    ['a weight', { weight: 7 }, { weight: 7 }],
    ['a weight taken away', { weight: null }, { weight: undefined }],
    ['monthlyCalls', { monthlyCalls: 0 }, { monthlyCalls: 0 }],
    ['monthlyCalls lifted', { monthlyCalls: null }, { monthlyCalls: undefined }],
    ['one label more', { labels: { new: 'x' } }, { labels: { team: 'latam', line: 'a', new: 'x' } }],
    ['a label changed', { labels: { team: 'apac' } }, { labels: { team: 'apac', line: 'a' } }],
    ['a label taken away', { labels: { team: null } }, { labels: { line: 'a' } }],
    ['a label taken away that is not there', { labels: { none: null } }, { labels: FULL.labels }],
    ['no label changed', { labels: {} }, { labels: FULL.labels }],
    ['all labels taken away', { labels: null }, { labels: undefined }],
    [
      'several at once',
      { enabled: true, weight: null, labels: { line: null } },
      {
        enabled: true,
        weight: undefined,
        labels: { team: 'latam' },
      },
    ],
  ]
  for (const [what, body, changed] of CASES) {
    t.test(`${what}: only that is changed (RFC 7396)`, async (t) => {
      const headers = { 'content-type': 'application/merge-patch+json' }
      const seen = await patch(body, headers)
      t.equal(seen.status, 200)
      const { revision, ...fields } = seen.body
      const wanted: Record<string, unknown> = { alias: 'full', ...FULL, ...changed }
      const left = Object.entries(wanted).filter(([, value]) => value !== undefined)
      t.strictSame(fields, Object.fromEntries(left))
      t.equal(seen.headers.etag, `"${String(revision)}"`)
      t.strictSame((await admin('GET', '/v1/channels/full')).body, seen.body)
    })
  }

  t.test('it is in force for the next request, and plain JSON is taken as well', async (t) => {
    const path = '/channels/sales/api/v1/getContacts'
    t.equal((await call('GET', path)).status, 200)
    t.equal((await patch({ enabled: false }, {}, 'sales')).status, 200)
    isProblem(t, await call('GET', path), 403, 'channel-disabled')
    await patch({ enabled: true }, {}, 'sales')
    t.equal((await call('GET', path)).status, 200)
  })

  const WRONG: Readonly<Record<string, unknown>> = {
    nothing: undefined,
    null: null,
    'a list': [{ enabled: true }],
    'a text': 'enabled',
    'a field nobody knows': { colour: 'red' },
    'an alias': { alias: 'other' },
    'a revision': { revision: 7 },
    'a token': { token: 'x' },
    'an account taken away': { account: null },
    'an account nobody knows': { account: 'nobody' },
    'an account that is no id': { account: 'Acme!' },
    'a number taken away': { number: null },
    'a number that is none': { number: '12' },
    'a number that is a number': { number: 85264318722 },
    'enabled as a text': { enabled: 'true' },
    'a weight as a text': { weight: '5' },
    'labels that are a list': { labels: ['a'] },
    'a label that is a number': { labels: { a: 1 } },
    'a label with a line break in its name': { labels: { 'a\nb': [1] } },
    'a label with a name over 63 characters': { labels: { ['k'.repeat(64)]: 'x' } },
    'more labels than there may be': {
      labels: Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`l${at}`, ''])),
    },
    'more changes of labels than there may be': {
      labels: Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`l${at}`, null])),
    },
  }
  for (const [what, json] of Object.entries(WRONG)) {
    t.test(`${what} is refused, and nothing is changed`, async (t) => {
      const before = await admin('GET', '/v1/channels/full')
      isProblem(t, await patch(json), 400, 'invalid-request')
      t.strictSame((await admin('GET', '/v1/channels/full')).body, before.body)
    })
  }

  t.test('a channel that does not exist is 404, and is not made', async (t) => {
    isProblem(t, await patch({ enabled: true }, {}, 'nobody'), 404, 'not-found')
    isProblem(t, await patch(FULL, {}, 'nobody'), 404, 'not-found')
    isProblem(t, await admin('GET', '/v1/channels/nobody'), 404, 'not-found')
  })

  t.test('other kinds of patches are not taken', async (t) => {
    for (const type of ['application/json-patch+json', 'text/plain', 'application/x-www-form-urlencoded']) {
      isProblem(t, await patch({ enabled: true }, { 'content-type': type }), 415, 'unsupported-media-type')
    }
  })

  t.test('patches at the same moment all count', async (t) => {
    const names = Array.from({ length: 8 }, (_, at) => `l${at}`)
    await Promise.all(names.map((name) => patch({ labels: { [name]: 'x' } })))
    const { body } = await admin('GET', '/v1/channels/full')
    t.strictSame(Object.keys(body['labels'] as object).sort(), [...names, 'line', 'team'].sort())
  })
})
