import t from 'tap'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { rewriteMultipart } from '../../src/rewrite/multipart.ts'
import { readForgiving } from './multipart-readers.ts'

const NUMBER = '85264318722'
const B = 'xYz'

interface Rules {
  keys?: string[]
  hasTarget?: boolean
  newBoundary?: string
}

/** Rewrites a form that arrives in pieces of this size; gives what left and which numbers were claimed. */
async function rewritten(
  form: string,
  rules: Rules = {},
  pieceBytes = 7,
): Promise<{ form: string; claimed: string[] }> {
  const bytes = Buffer.from(form, 'latin1')
  const claimed: string[] = []
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  const chunks: Buffer[] = []
  const stream = rewriteMultipart(pieces(), {
    boundary: B,
    newBoundary: rules.newBoundary ?? B,
    number: NUMBER,
    keys: rules.keys ?? [],
    hasTarget: rules.hasTarget ?? false,
    namesNumber: true,
    onClaim: (claim) => claimed.push(claim),
    onNames: () => {},
  })
  for await (const chunk of stream) chunks.push(chunk)
  return { form: Buffer.concat(chunks).toString('latin1'), claimed }
}

const part = (name: string, content: string, more = ''): string =>
  `--${B}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`
const END = `--${B}--\r\n`

t.test('a form without a channel key passes as it is', async (t) => {
  const form = part('messageText', 'oi\r\n--xY not the boundary\r\n') + part('empty', '') + END
  for (const size of [1, 2, 3, 5, 8, 64, 10_000]) t.equal((await rewritten(form, {}, size)).form, form)
})

t.test('file bytes are untouched, whatever they are', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 7) % 256)).toString('latin1')
  const file = `--${B}\r\nContent-Disposition: form-data; name="file"; filename="a b.png"\r\nContent-Type: image/png\r\n\r\n${bytes}\r\n`
  for (const size of [1, 13, 4_096]) t.equal((await rewritten(file + END, {}, size)).form, file + END)
})

for (const name of [
  'channelNumber',
  'CHANNEL_phone-number',
  'channel',
  'channelNumber[]',
  'Channel_Number[0]',
]) {
  t.test(`a field "${name}" is taken out wherever it stands, however often`, async (t) => {
    const form =
      part(name, '111') + part('a', '1') + part(name, '') + part('b', '2') + part(name, '222') + END
    const { form: left, claimed } = await rewritten(form)
    t.equal(left, part('a', '1') + part('b', '2') + END)
    t.same(claimed, ['111', '222'])
  })
}

t.test('a file whose field spells the channel key is taken out, too', async (t) => {
  const form = part('channel', '111', '; filename="x.txt"') + part('a', '1') + END
  t.equal((await rewritten(form)).form, part('a', '1') + END)
})

t.test('wanted keys are written in front', async (t) => {
  const { form } = await rewritten(part('messageText', 'oi') + END, { keys: ['channelPhoneNumber'] })
  t.equal(form, part('channelPhoneNumber', NUMBER) + part('messageText', 'oi') + END)
})

t.test('target gets its prefix, even behind the file', async (t) => {
  const file = part('file', 'bytes', '; filename="a.bin"')
  for (const sent of ['5521988887777', '111:5521988887777', `${NUMBER}:5521988887777`]) {
    const { form } = await rewritten(file + part('target', sent) + END, { hasTarget: true })
    t.equal(form, file + part('target', `${NUMBER}:5521988887777`) + END)
  }
})

t.test('an unquoted name and both kinds of file name are read, as .NET writes them', async (t) => {
  const sent = `--${B}\r\nContent-Disposition: form-data; name=file; filename=a.png; filename*=utf-8''a.png\r\nContent-Length: 1\r\n\r\nx\r\n${END}`
  const left = `--${B}\r\nContent-Disposition: form-data; name="file"; filename=a.png; filename*=utf-8''a.png\r\n\r\nx\r\n${END}`
  t.equal((await rewritten(sent)).form, left)
})

const header = (lines: string): string => `--${B}\r\n${lines}\r\n\r\nx\r\n${END}`
const REFUSED: readonly (readonly [string, string, Rules?])[] = [
  ['nothing is sent', ''],
  ['bytes stand before the first boundary', `hello\r\n${part('a', '1')}${END}`],
  ['an empty line stands before the first boundary', `\r\n${part('a', '1')}${END}`],
  ['bytes stand behind the last boundary', `${part('a', '1')}${END}${part('channel', '1')}`],
  ['the last boundary is missing', part('a', '1')],
  ['the form ends inside a part', part('a', '1').slice(0, -4)],
  ['the boundary is another', part('a', '1').replaceAll(B, 'other') + END],
  ['a boundary line has padding', `--${B} \r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n${END}`],
  ['a boundary line goes on', `--${B}q\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n${END}`],
  ['a part has no header', `--${B}\r\n\r\nx\r\n${END}`],
  ['a part has no name', header('Content-Disposition: form-data')],
  ['a name is empty', header('Content-Disposition: form-data; name=""')],
  ['a name stands twice', header('Content-Disposition: form-data; name="a"; name="channel"')],
  ['a name is in the extended form', header("Content-Disposition: form-data; name*=utf-8''channel")],
  [
    'both forms of a name stand there',
    header('Content-Disposition: form-data; name="a"; name*=utf-8\'\'channel'),
  ],
  ['a name is an encoded word', header('Content-Disposition: form-data; name="=?utf-8?B?Y2hhbm5lbA==?="')],
  ['a name has a backslash', header('Content-Disposition: form-data; name="chan\\nel"')],
  [
    'a file name hides a name behind an escaped quote',
    header('Content-Disposition: form-data; name="a"; filename="\\"; name="channel"'),
  ],
  ['the disposition is another', header('Content-Disposition: attachment; name="a"')],
  [
    'the disposition stands twice',
    header('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="channel"'),
  ],
  ['a header line is folded', header('Content-Disposition: form-data;\r\n name="a"')],
  ['a header line has no colon', header('Content-Disposition form-data; name="a"')],
  ['a header line ends with a bare line feed', header('Content-Disposition: form-data; name="a"\nX: y')],
  ['a header line is unknown', header('Content-Disposition: form-data; name="a"\r\nX-Channel: 1')],
  [
    'the content is encoded',
    header('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64'),
  ],
  ['a header is not UTF-8', header('Content-Disposition: form-data; name="\xff"')],
  ['a header is too long', header(`Content-Disposition: form-data; name="${'a'.repeat(9_000)}"`)],
  ['there are more than 100 parts', part('a', '1').repeat(101) + END],
  ['target is missing', part('a', '1') + END, { hasTarget: true }],
  ['target stands twice', part('target', '1') + part('TARGET', '2') + END, { hasTarget: true }],
  ['target is empty', part('target', '') + END, { hasTarget: true }],
  ['target has two colons', part('target', '1:2:3') + END, { hasTarget: true }],
  ['target is a file', part('target', '1', '; filename="t"') + END, { hasTarget: true }],
  ['target has array syntax', part('target', '1') + part('TARGET[0]', '2') + END, { hasTarget: true }],
  ['target stands behind brackets', part('target', '1') + part('[]target', '2') + END, { hasTarget: true }],
  ['target stands in a model', part('target', '1') + part('request.target', '2') + END, { hasTarget: true }],
  ['a name leads into a model', part('request.caption', '1') + END],
  ['target is too long', part('target', '1'.repeat(2_000)) + END, { hasTarget: true }],
]

for (const [when, form, rules] of REFUSED) {
  t.test(`when ${when}, the form is refused and never ends`, async (t) => {
    for (const size of [1, 7, 100_000]) {
      const left: Buffer[] = []
      const source = (async function* () {
        const bytes = Buffer.from(form, 'latin1')
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
      })()
      const stream = rewriteMultipart(source, {
        boundary: B,
        newBoundary: B,
        number: NUMBER,
        keys: [],
        hasTarget: rules?.hasTarget ?? false,
        namesNumber: true,
        onClaim: () => {},
        onNames: () => {},
      })
      const read = (async () => {
        for await (const chunk of stream) left.push(chunk)
      })()
      await t.rejects(read, Malformed)
      t.notMatch(Buffer.concat(left).toString('latin1'), `--${B}--`)
    }
  })
}

const HIDDEN_LINES = ['\n', '\r', '\n\r', '\n\n']
for (const lineEnd of HIDDEN_LINES) {
  t.test(
    `a boundary behind ${JSON.stringify(lineEnd)} inside a content is no boundary to any reader`,
    async (t) => {
      const inside = `x${lineEnd}--${B}${lineEnd}Content-Disposition: form-data; name="channelPhoneNumber"${lineEnd}${lineEnd}111`
      let left: string
      try {
        left = (await rewritten(part('a', inside) + END, { newBoundary: 'fresh' })).form
      } catch (error) {
        t.ok(error instanceof Malformed, 'it is refused')
        return
      }
      const [, boundary = ''] = /^--([^\r\n]*)\r\n/.exec(left) ?? []
      const names = readForgiving(Buffer.from(left, 'latin1'), boundary).map(({ name }) => name)
      t.same(names, ['a'], 'a reader that takes any line end finds one part')
    },
  )
}

const CODED_NAMES = ['channel%0D%0A', 'channel%22', '%22channel%22']
for (const name of CODED_NAMES) {
  // The HTML standard writes `"` and line ends in names as percent codes, and readers such as undici undo them.
  t.test(`a field "${name}" does not reach a reader that decodes names`, async (t) => {
    const sent = rewritten(part(name, '111') + part('a', '1') + END)
    const left = await sent
      .then(({ form }) => form)
      .catch((error: unknown) => {
        t.ok(error instanceof Malformed, 'it is refused')
        return ''
      })
    t.notMatch(left, name, 'it is taken out')
  })
}

t.test('a header full of spaces is read in no time', async (t) => {
  const form = `--${B}\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: ${' '.repeat(7_900)}\x01\r\n\r\nx\r\n${END}`
  const startedAt = process.hrtime.bigint()
  await t.rejects(rewritten(form, {}, 10_000), Malformed)
  t.ok(Number(process.hrtime.bigint() - startedAt) < 1e9, 'a cubic pattern took 70 s')
})

t.test('a form leaves with another boundary, so nothing hidden in a part can end it', async (t) => {
  const chunks: Buffer[] = []
  const source = (async function* () {
    yield Buffer.from(part('a', 'x\n--new\nContent-Disposition: form-data; name="channel"\n\n1') + END)
  })()
  const rules = {
    boundary: B,
    newBoundary: 'other',
    number: NUMBER,
    keys: [],
    hasTarget: false,
    namesNumber: true,
  }
  for await (const chunk of rewriteMultipart(source, { ...rules, onClaim: () => {}, onNames: () => {} })) {
    chunks.push(chunk)
  }
  const left = Buffer.concat(chunks).toString()
  t.match(left, /^--other\r\n/)
  t.match(left, /\r\n--other--\r\n$/)
})

t.test('the names of all fields are told before the last boundary leaves', async (t) => {
  const source = (async function* () {
    yield Buffer.from(part('a', '1') + part('channel', '2') + END)
  })()
  const rules = {
    boundary: B,
    newBoundary: B,
    number: NUMBER,
    keys: ['channel'],
    hasTarget: false,
    namesNumber: true,
  }
  const chunks: Buffer[] = []
  const stream = rewriteMultipart(source, {
    ...rules,
    onClaim: () => {},
    onNames(names) {
      t.same(names, ['channel', 'a'])
      throw new Error('stop')
    },
  })
  const read = (async () => {
    for await (const chunk of stream) chunks.push(chunk)
  })()
  await t.rejects(read, /stop/)
  t.notMatch(Buffer.concat(chunks).toString(), `--${B}--`)
})
