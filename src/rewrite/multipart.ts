import { isChannelKey } from './channel-key.ts'
import { Malformed } from './malformed.ts'
import { MultipartReader } from './multipart-reader.ts'
import { fieldName } from './pairs.ts'
import { type PartHeader, printPartHeader } from './part-header.ts'
import { rewriteTarget } from './target.ts'

/** Longer values of the fields that are read (channel keys, `target`) do not exist. */
const LONGEST_READ_VALUE_BYTES = 1_024

export interface MultipartRules {
  readonly boundary: string
  readonly number: string
  /** Written as fields of their own, before all others. */
  readonly keys: readonly string[]
  /** Must the form have a field `target`, whose prefix is the channel's? */
  readonly hasTarget: boolean
  /** Hears of each number the caller named; may throw to stop the form. */
  readonly onClaim: (claimed: string) => void
}

/**
 * Rewrites a `multipart/form-data` body as it flows: takes fields that spell the channel key out, writes the
 * wanted ones, puts the prefix on `target`. Part headers are written anew; contents and their order stay.
 *
 * Throws `Malformed` in mid-flow: then the last boundary is never written, so nobody can take what has flowed
 * so far for a whole form.
 */
export async function* rewriteMultipart(
  source: AsyncIterable<Buffer>,
  rules: MultipartRules,
): AsyncGenerator<Buffer> {
  const reader = new MultipartReader(source, rules.boundary)
  const open = Buffer.from(`--${rules.boundary}\r\n`)
  const lineEnd = Buffer.from('\r\n')
  let targets = 0
  for (const key of rules.keys)
    yield Buffer.concat([open, fieldHeader(key), Buffer.from(`${rules.number}\r\n`)])
  for (let header = await reader.nextPart(); header !== undefined; header = await reader.nextPart()) {
    if (isChannelKeyField(header)) {
      const claimed = await readValue(reader)
      if (claimed !== '') rules.onClaim(claimed)
      continue
    }
    yield Buffer.concat([open, printPartHeader(header)])
    if (rules.hasTarget && isTarget(header)) {
      targets++
      const { target, claimed } = rewriteTarget(await readValue(reader), rules.number, 'set')
      claimed.forEach(rules.onClaim)
      yield Buffer.from(target)
    } else yield* reader.content()
    yield lineEnd
  }
  if (rules.hasTarget && targets !== 1) {
    throw new Malformed(`The form must have the field "target" once, and it has it ${targets} times.`)
  }
  yield Buffer.from(`--${rules.boundary}--\r\n`)
}

function isChannelKeyField({ name }: PartHeader): boolean {
  return isChannelKey(fieldName(name))
}

/** ASP.NET binds form names without regard to case: every spelling of `target` counts. */
function isTarget({ name }: PartHeader): boolean {
  return fieldName(name).toLowerCase() === 'target'
}

async function readValue(reader: MultipartReader): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of reader.content()) {
    bytes += chunk.length
    if (bytes > LONGEST_READ_VALUE_BYTES)
      throw new Malformed('A field of the form that names a channel or target is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function fieldHeader(name: string): Buffer {
  return printPartHeader({ name, filename: undefined, extendedFilename: undefined, contentType: undefined })
}
