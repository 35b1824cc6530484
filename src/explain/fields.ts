import { isChannelKey } from '../rewrite/channel-key.ts'
import { nameOf, split, textOf, valueOf } from '../rewrite/json-members.ts'
import { namesChannel, readPair } from '../rewrite/pairs.ts'
import { readPartHeader } from '../rewrite/part-header.ts'

/** One field of a query, form or JSON object, with the road's own reading of it. */
export interface Field {
  readonly name: string
  /** A string's own text; any other JSON value as it is written. */
  readonly value: string
  /** Does its name spell the channel key? */
  readonly isChannelKey: boolean
  /** All of it, as it stands there: two fields are the same when this is. */
  readonly text: string
}

/** The pairs of a query or an urlencoded form. */
export function fieldsOfPairs(text: string): Field[] {
  const pairs = text.split('&').filter((pair) => pair !== '')
  return pairs.map((pair) => {
    const { name, value } = readPair(pair)
    return { name, value, isChannelKey: namesChannel(name), text: pair }
  })
}

/** The members of a JSON object. */
export function fieldsOfJson(body: Buffer): Field[] {
  return split(body).members.flatMap((member) => {
    const name = nameOf(body, member)
    if (name === undefined) return []
    const written = textOf(body, valueOf(body, member))
    const value: unknown = JSON.parse(written)
    return [
      {
        name,
        value: typeof value === 'string' ? value : written,
        isChannelKey: isChannelKey(name),
        text: textOf(body, member),
      },
    ]
  })
}

/** The parts of a multipart form that the road has read: so it is well-formed. The contents of files with them. */
export function fieldsOfForm(body: Buffer, boundary: string): Field[] {
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1)
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n')
    const { name } = readPartHeader(Buffer.from(part.slice(2, end), 'latin1'))
    const content = part.slice(end + 4)
    const value = Buffer.from(content, 'latin1').toString('utf8')
    return { name, value, isChannelKey: namesChannel(name), text: `${name}=${content}` }
  })
}

/** The fields that stand here and not there, each as often as it does. */
export function fieldsMissing(here: readonly Field[], there: readonly Field[]): Field[] {
  const counts = new Map<string, number>()
  for (const { text } of there) counts.set(text, (counts.get(text) ?? 0) + 1)
  return here.filter(({ text }) => {
    const count = counts.get(text) ?? 0
    counts.set(text, count - 1)
    return count <= 0
  })
}
