import { isModelPath } from './channel-key.ts'
import { Malformed } from './malformed.ts'
import { MultipartReader, type PartWatcher } from './multipart-reader.ts'
import { namesChannel } from './pairs.ts'
import { type PartHeader, printPartHeader } from './part-header.ts'
import { isNamed, rewriteTarget } from './target.ts'

/** Longer values of the fields that are read (channel keys, `target`) do not exist. */
const LONGEST_READ_VALUE_BYTES = 1_024

export interface MultipartRules {
  /** What divides the parts as they come. */
  readonly boundary: string
  /** What divides them as they leave: another one, which nobody can have hidden in a part. */
  readonly newBoundary: string
  readonly number: string
  /** Written as fields of their own, before all others. */
  readonly keys: readonly string[]
  /** Must the form have a field `target`, whose prefix is the channel's? */
  readonly hasTarget: boolean
  /** Does the number stand anywhere in the request, or in its target? Then no name may lead past it. */
  readonly namesNumber: boolean
  /** Hears of each number the caller named; may throw to stop the form. */
  readonly onClaim: (claimed: string) => void
  /** Hears the names of all fields before the last boundary leaves; may throw to stop the form. */
  readonly onNames: (names: readonly string[]) => void
  /** Asked for when the form begins to flow: who sees its parts as they come. */
  readonly watcher?: () => PartWatcher | undefined
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
  const reader = new MultipartReader(source, rules.boundary, rules.watcher?.())
  const names: string[] = []
  const open = (header: PartHeader): Buffer => {
    names.push(header.name)
    return Buffer.concat([Buffer.from(`--${rules.newBoundary}\r\n`), printPartHeader(header)])
  }
  for (const key of rules.keys)
    yield Buffer.concat([open(plainField(key)), Buffer.from(`${rules.number}\r\n`)])
  for (let header = await reader.nextPart(); header !== undefined; header = await reader.nextPart()) {
    if (namesChannel(header.name)) {
      const claimed = await readValue(reader)
      if (claimed !== '') rules.onClaim(claimed)
    } else if (rules.hasTarget && isNamed(header.name, 'target')) {
      yield Buffer.concat([open(targetField(header)), Buffer.from(`${await readTarget(reader, rules)}\r\n`)])
    } else {
      checkName(header.name, rules)
      yield open(header)
      yield* reader.content()
      yield Buffer.from('\r\n')
    }
  }
  checkTarget(names, rules)
  rules.onNames(names)
  yield Buffer.from(`--${rules.newBoundary}--\r\n`)
}

function plainField(name: string): PartHeader {
  return { name, filename: undefined, extendedFilename: undefined, contentType: undefined }
}

/** Written without a type: a charset there would give its bytes another meaning. */
function targetField({ name, filename, extendedFilename }: PartHeader): PartHeader {
  if (filename === undefined && extendedFilename === undefined) return plainField(name)
  throw new Malformed('The field "target" of the form is a file: send it as a plain field.')
}

async function readTarget(reader: MultipartReader, { number, onClaim }: MultipartRules): Promise<string> {
  const { target, claimed } = rewriteTarget(await readValue(reader), number, 'set')
  claimed.forEach(onClaim)
  return target
}

/** One such name makes ASP.NET pass over plain ones, the number with them. */
function checkName(name: string, { namesNumber }: MultipartRules): void {
  if (isModelPath(name) && namesNumber) {
    throw new Malformed('A field name of the form holds ".", "[" or "]", which this operation does not take.')
  }
}

function checkTarget(names: readonly string[], { hasTarget }: MultipartRules): void {
  const count = names.filter((name) => name.toLowerCase() === 'target').length
  if (hasTarget && count !== 1) {
    throw new Malformed(`The form must have the field "target" once, and it has it ${count} times.`)
  }
}

async function readValue(reader: MultipartReader): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of reader.content()) {
    bytes += chunk.length
    if (bytes > LONGEST_READ_VALUE_BYTES) {
      throw new Malformed('A field of the form that names a channel or target is too long.')
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
