import t, { type Test } from 'tap'
import { type BodyType, OPERATIONS, type Operation } from '../../src/domain/operation.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { rewriteMultipart } from '../../src/rewrite/multipart.ts'
import { type Outgoing, rewrite } from '../../src/rewrite/rewrite.ts'
import { verify } from '../../src/rewrite/verify.ts'
import { ROWS, type Row, callOf } from '../helpers/wati-table.ts'

const NUMBER = '85264318722'
const B = 'xYz'
const NEW_B = 'another'
const QUERY = 'pageSize=1&channelPhoneNumber=4&CHANNEL_NUMBER[]=5&messageText=%20'

const part = (name: string, content: string): string =>
  `--${B}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`

/** The keys of the caller, and what stands around them. `T` is the target's place. */
const KEY_MEMBERS = ['"CHANNEL":"1"', '"channel_number":2 ', '"channel\\u004eumber":null']
const KEPT_MEMBERS = [
  ' "a" : 1.0',
  '"nested":{"channel":"3","target":"9:9"}',
  '"contacts":[C]',
  '"recipients":[R]',
  '"target" : T',
]

interface Targets {
  readonly body: string
  readonly contacts: string
  readonly recipients: string
}

/** Every body there is, with every spelling and a target; and the same as Wati must get it. */
function bodyOf(type: BodyType, keys: readonly string[], targets: Targets): string {
  const members = KEPT_MEMBERS.map((text) =>
    text
      .replace('T', `"${targets.body}"`)
      .replace('C', `{"x":1, "target":"${targets.contacts}"}`)
      .replace('R', `{ "target":"${targets.recipients}" }, {}`),
  )
  switch (type) {
    case 'none':
      return ''
    case 'json':
      return `{${[...keys, ...members].join(',')}}`
    case 'form':
      return [`a=%20&b&target=${targets.body}`, ...keys].join('&')
    case 'multipart':
      return [
        ...keys,
        part('a', ' x\r\n-'),
        part('file', '\0\xff'),
        part('target', targets.body),
        `--${B}--\r\n`,
      ].join('')
  }
}

const SENT_KEYS: Readonly<Record<BodyType, readonly string[]>> = {
  none: [],
  json: KEY_MEMBERS,
  form: ['CHANNEL=1', 'channel%5Fnumber[]=2'],
  multipart: [part('CHANNEL', '1'), part('channel_Number[]', '2')],
}

function wantedKeys(type: BodyType, keys: readonly string[]): readonly string[] {
  switch (type) {
    case 'none':
      return []
    case 'json':
      return keys.map((key) => `"${key}":"${NUMBER}"`)
    case 'form':
      return keys.map((key) => `${key}=${NUMBER}`)
    case 'multipart':
      return keys.map((key) => part(key, NUMBER))
  }
}

interface Result {
  readonly outgoing: Outgoing
  readonly body: string
  readonly claimed: readonly string[]
}

async function rewritten(
  operation: Operation,
  type: BodyType,
  target: string,
  query?: string,
): Promise<Result> {
  const { path } = callOf({ endpoint: `X ${operation.path}` } as Row, target)
  const body = Buffer.from(
    bodyOf(type, SENT_KEYS[type], { body: target, contacts: target, recipients: target }),
    'latin1',
  )
  const incoming = {
    segments: path.slice(1).split('/'),
    query,
    bodyType: type,
    body: type === 'multipart' ? Buffer.alloc(0) : body,
  }
  const outgoing = rewrite(operation, NUMBER, incoming)
  const claimed = [...outgoing.claimed]
  const left = type === 'multipart' ? await flow(operation, body, claimed) : outgoing.body
  return { outgoing, body: left.toString('latin1'), claimed }
}

async function flow(operation: Operation, body: Buffer, claimed: string[]): Promise<Buffer> {
  const rules = {
    boundary: B,
    number: NUMBER,
    keys: operation.bodyKeys,
    hasTarget: operation.target?.in === 'body',
    newBoundary: NEW_B,
    namesNumber:
      operation.bodyKeys.length + operation.queryKeys.length > 0 || operation.target?.in === 'body',
    onClaim: (claim: string) => void claimed.push(claim),
    onNames: () => undefined,
  }
  async function* source(): AsyncGenerator<Buffer> {
    yield body
  }
  const chunks: Buffer[] = []
  for await (const chunk of rewriteMultipart(source(), rules)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

for (const row of ROWS) {
  const operation = OPERATIONS.find(({ method, path }) => `${method} ${path}` === row.endpoint)!
  for (const type of row.bodies) {
    t.test(
      `${row.endpoint} with body ${type}: the number stands where Wati wants it, and nowhere else`,
      (t) => isRewritten(t, row, operation, type),
    )
  }
}

async function isRewritten(t: Test, row: Row, operation: Operation, type: BodyType): Promise<void> {
  const [place, rule] = row.target?.split(' ') ?? []
  for (const sent of ['5511988887777', '777:5511988887777']) {
    const becomes = (at: string): string =>
      place === at && (rule === 'set' || sent.includes(':')) ? `${NUMBER}:5511988887777` : sent
    const { outgoing, body, claimed } = await rewritten(operation, type, sent, QUERY)
    t.equal(outgoing.path, callOf(row, becomes('path')).path)
    t.equal(
      outgoing.query,
      ['pageSize=1&messageText=%20', ...row.queryKeys.map((key) => `${key}=${NUMBER}`)].join('&'),
    )
    const elements = { contacts: becomes('contacts'), recipients: becomes('recipients') }
    // Beside an array of targets one of the body's own would be another way in.
    const inArray = place === 'contacts' || place === 'recipients'
    const targets = { body: becomes(inArray ? place : 'body'), ...elements }
    t.equal(
      type === 'multipart' ? body.replaceAll(NEW_B, B) : body,
      bodyOf(type, wantedKeys(type, row.bodyKeys), targets),
    )
    const inBody = type === 'none' ? [] : ['1', '2']
    const inTarget =
      row.target !== undefined && sent.includes(':') ? ['777', ...(inArray ? ['777'] : [])] : []
    t.same([...claimed].sort(), ['4', '5', ...inBody, ...inTarget].sort())
    t.equal(verify(operation, NUMBER, outgoing, type), undefined, 'the last check agrees')
  }
  const { outgoing } = await rewritten(operation, type, '5511988887777')
  t.equal(
    outgoing.query,
    row.queryKeys.length === 0 ? undefined : row.queryKeys.map((key) => `${key}=${NUMBER}`).join('&'),
    'without a query only what is wanted is added',
  )
}

t.test('what cannot be read in exactly one way stops the whole request', async (t) => {
  const [operation] = OPERATIONS
  const incoming = {
    segments: [],
    query: undefined,
    bodyType: 'json',
    body: Buffer.from('{"a":1}/**/'),
  } as const
  t.throws(() => rewrite(operation!, NUMBER, incoming), Malformed)
})
