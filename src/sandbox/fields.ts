/**
 * The fields of a query, a form or a JSON object, found by name as Wati's ASP.NET finds them:
 * `channelNumber`, `ChannelNumber` and `channel_number` are one field.
 */
export class Fields {
  readonly #values = new Map<string, unknown>()

  /** Of several fields with one name the last counts. */
  constructor(fields: Iterable<readonly [name: string, value: unknown]> = []) {
    for (const [name, value] of fields) this.#values.set(fold(name), value)
  }

  get(name: string): unknown {
    return this.#values.get(fold(name))
  }

  has(name: string): boolean {
    return this.#values.has(fold(name))
  }
}

export const NO_FIELDS = new Fields()

/** A query or an urlencoded form. Of several fields with one name the first counts, as in ASP.NET. */
export function readPairs(pairs: string): Fields {
  return new Fields([...new URLSearchParams(pairs)].reverse())
}

/**
 * The top level of a JSON object. Of several members with one name, in whatever spelling, the last counts.
 * `JSON.parse` alone cannot tell: it puts a repeated member where its first one stood.
 * Throws a SyntaxError when the text is not JSON, gives `undefined` when it is not an object.
 */
export function readJsonObject(json: string): Fields | undefined {
  const value: unknown = JSON.parse(json)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return new Fields(membersOf(json).map(([name, member]) => [name, JSON.parse(member)]))
}

/** The fields of an object inside a body, such as one receiver. Anything else has no fields. */
export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) return NO_FIELDS
  return new Fields(Object.entries(value))
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '')
}

/** The members at the top level of a valid JSON object, in order, their values as they are written. */
function membersOf(json: string): [name: string, value: string][] {
  const members: [string, string][] = []
  let depth = 0
  let name: string | undefined
  let start = 0
  for (let at = 0; at < json.length; at++) {
    const sign = json[at]
    if (sign === '"') at = endOfString(json, at)
    else if (sign === '{' || sign === '[') depth++
    if (depth !== 1) {
      if (sign === '}' || sign === ']') depth--
      continue
    }
    if (sign === '{') start = at + 1
    if (sign === ':') {
      name = JSON.parse(json.slice(start, at)) as string
      start = at + 1
    }
    if ((sign === ',' || sign === '}') && name !== undefined) {
      members.push([name, json.slice(start, at)])
      name = undefined
      start = at + 1
    }
  }
  return members
}

/** Where the string that opens at `start` closes. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
