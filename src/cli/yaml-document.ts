import {
  type Document,
  LineCounter,
  type YAMLError,
  type YAMLMap,
  isAlias,
  isMap,
  isScalar,
  parseDocument,
  visit,
} from 'yaml'

export interface YamlDocument {
  readonly value: unknown
  /** `line:column` of the key that a path of names leads to, or of the last one on it that is there. */
  readonly positionOf: (path: readonly string[]) => string
}

/** The text is no YAML that is taken here. The message is `line:column: sentence`, and shows no value. */
export class WrongYaml extends Error {}

/** Fields whose digits people write without quotes: what they wrote counts, not the number it makes. */
const DIGITS = new Set(['tenantId', 'number'])
/** More of these are a small file that becomes a huge one. */
const MOST_ALIASES = 100

/** Reads YAML 1.2, strictly: one document, no key twice, no tag of its own, few aliases. Throws `WrongYaml`. */
export function parseYaml(source: string): YamlDocument {
  const lineCounter = new LineCounter()
  const at = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset)
    return `${line}:${col}`
  }
  try {
    const document = parseDocument(source, {
      lineCounter,
      schema: 'core',
      // Here each key would be compared with all others of its mapping: minutes for 100,000 channels.
      uniqueKeys: false,
      // The pretty ones show the line, and a token may be in it.
      prettyErrors: false,
    })
    // What comes after the first is mostly about the same.
    const [first] = [...document.errors, ...document.warnings]
    if (first !== undefined) throw new WrongYaml(`${at(first.pos[0])}: ${sentenceOf(first)}`)
    visit(document, { Map: (_, map) => checkKeys(map, at), Pair: (_, pair) => keepDigits(pair) })
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES })
    return { value, positionOf: (path) => at(offsetOf(document, path)) }
  } catch (error) {
    throw error instanceof WrongYaml ? error : new WrongYaml(`1:1: ${meaningOf(error)}`)
  }
}

function checkKeys(map: YAMLMap, at: (offset: number) => string): void {
  const seen = new Set<string>()
  for (const { key } of map.items) {
    const name = nameOf(key)
    if (name === undefined) throw new WrongYaml(`${at(startOf(key))}: a key must be a name`)
    if (seen.has(name)) throw new WrongYaml(`${at(startOf(key))}: the key stands there twice`)
    seen.add(name)
  }
}

function keepDigits({ key, value }: { key: unknown; value: unknown }): void {
  if (!isScalar(value) || typeof value.value !== 'number' || !DIGITS.has(nameOf(key) ?? '')) return
  value.value = value.source ?? value.value
}

function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents
  let offset = startOf(node)
  for (const name of path) {
    const map = isAlias(node) ? node.resolve(document) : node
    const pair = isMap(map) ? map.items.find(({ key }) => nameOf(key) === name) : undefined
    if (pair === undefined) break
    offset = startOf(pair.key)
    node = pair.value
  }
  return offset
}

function nameOf(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null)?.range?.[0] ?? 0
}

const TOO_DEEP = 'it is nested too deep'

/** What stands in quotes in a message is a piece of the file. */
function sentenceOf({ code, message }: YAMLError): string {
  // The parser's own words are for somebody who programs with it.
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document'
  if (code === 'RESOURCE_EXHAUSTION') return TOO_DEEP
  return message.replace(/: ".*"?$/s, '').replace(/\.$/, '')
}

function meaningOf(error: unknown): string {
  if (!(error instanceof ReferenceError)) return TOO_DEEP
  if (/^Excessive/.test(error.message)) return 'it has too many aliases'
  return 'it has an alias (*) without its anchor (&)'
}
