import t from 'tap'
import { rewriteMultipart } from '../../src/rewrite/multipart.ts'
import { looksLikeChannelKey } from './channel-key-names.ts'
import { type FormBody, formBody, printExpected, printForm } from './multipart-bodies.ts'
import { type ReadPart, readBusboy, readForgiving, readStrict, readUndici } from './multipart-readers.ts'
import { assertSame, holdsAsync } from './run-property.ts'

/** Long enough for undici. */
const NEW_BOUNDARY = 'what-the-gateway-divides-with-0123456789'

interface Result {
  readonly form: Buffer
  readonly claimed: readonly string[]
}

async function rewritten(body: FormBody): Promise<Result> {
  const claimed: string[] = []
  const chunks: Buffer[] = []
  const stream = rewriteMultipart(arriving(body), {
    ...body,
    newBoundary: NEW_BOUNDARY,
    namesNumber: body.keys.length > 0 || body.hasTarget,
    onClaim: (claim) => void claimed.push(claim),
    onNames: () => undefined,
  })
  for await (const chunk of stream) chunks.push(chunk)
  return { form: Buffer.concat(chunks), claimed }
}

async function* arriving(body: FormBody): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(printForm(body), 'latin1')
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = body.pieces[turn % body.pieces.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

t.test(
  'every other byte, and the order of the parts, stays as it was sent, however it arrives',
  async (t) => {
    await holdsAsync(t, formBody, async (body) => {
      const { form, claimed } = await rewritten(body)
      assertSame(form.toString('latin1'), printExpected(body, NEW_BOUNDARY))
      assertSame(
        claimed,
        body.parts.flatMap(({ claim }) => (claim === undefined ? [] : [claim])),
      )
    })
  },
)

t.test(
  'four readers find the number of the channel under every wanted key and in the target, and no other',
  async (t) => {
    await holdsAsync(t, formBody, async (body) => {
      const { form } = await rewritten(body)
      const strict = readStrict(form, NEW_BOUNDARY)
      findsOnlyTheChannel(body, strict)
      findsOnlyTheChannel(body, readForgiving(form, NEW_BOUNDARY))
      const busboy = await readBusboy(form, NEW_BOUNDARY)
      findsOnlyTheChannel(body, busboy)
      assertSame(busboy.filter(({ filename }) => filename === undefined).length >= body.keys.length, true)
      findsOnlyTheChannel(body, await readUndici(form, NEW_BOUNDARY))
    })
  },
)

t.test('the other parts are to a strict reader what they were when they were sent', async (t) => {
  await holdsAsync(t, formBody, async (body) => {
    const { form } = await rewritten(body)
    const read = readStrict(form, NEW_BOUNDARY).slice(body.keys.length)
    const sent = body.parts.filter(({ kind }) => kind !== 'key')
    assertSame(
      read.map(({ name }) => name),
      sent.map(({ name }) => name),
    )
    for (const [at, { kind, content }] of sent.entries()) {
      if (kind === 'other') assertSame(read[at]?.content, content)
    }
  })
})

/** First wins, last wins, case-blind and lenient at once: all that could be the key is the channel's. */
function findsOnlyTheChannel({ keys, number, hasTarget, parts }: FormBody, found: readonly ReadPart[]): void {
  const claims = found.filter(({ name }) => looksLikeChannelKey(name.split('[', 1)[0] ?? ''))
  assertSame(claims.map(({ name }) => name).sort(), [...keys].sort())
  for (const { content, filename } of claims) assertSame([content, filename], [number, undefined])
  if (!hasTarget) return
  const targets = found.filter(({ name }) => name.toUpperCase() === 'TARGET')
  const recipient = parts.find(({ kind }) => kind === 'target')?.recipient
  assertSame(
    targets.map(({ content }) => content),
    [`${number}:${recipient ?? ''}`],
  )
}
