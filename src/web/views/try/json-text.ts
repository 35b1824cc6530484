/** JSON as a text: it is never written anew from its values, for that would change numbers (1.0, 1e400) and double names. */

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** Where a text stops being JSON; nothing of it where the browser does not say. */
export interface NotJson {
  readonly line: number | undefined
  readonly column: number | undefined
}

/** Why this is not JSON; `undefined` when it is. */
export function whyNotJson(text: string): NotJson | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return placeIn(text, String(error))
  }
}

/** Each browser says it in its own words. */
function placeIn(text: string, words: string): NotJson {
  const [, line, column] = /line (\d+) column (\d+)/.exec(words) ?? []
  if (line !== undefined) return { line: Number(line), column: Number(column) }
  const position = /position (\d+)/.exec(words)?.[1]
  // V8 has no place for what is missing at the end.
  const isCut = /end of JSON|Unterminated/.test(words)
  if (position === undefined && !isCut) return { line: undefined, column: undefined }
  const before = text.slice(0, position === undefined ? text.length : Number(position)).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

/** The same JSON with other white space: one member a line. Only for what is JSON. */
export function formatJson(text: string): string {
  let depth = 0
  let before = ''
  let out = ''
  for (const [token] of text.matchAll(TOKEN)) {
    const isEnd = token === '}' || token === ']'
    const wasBegin = before === '{' || before === '['
    if (isEnd) depth -= 1
    if (isEnd ? !wasBegin : wasBegin || before === ',') out += `\n${'  '.repeat(depth)}`
    if (token === '{' || token === '[') depth += 1
    out += token === ':' ? ': ' : token
    before = token
  }
  return out
}

/** A member of an object, wherever it stands, whose value is a text, a number or the like. */
export interface Member {
  /** Such as `target`, or `recipients[0].target`. */
  readonly path: string
  /** As it is written. */
  readonly value: string
  /** From the beginning of its name to the end of its value. */
  readonly start: number
  readonly end: number
}

interface Level {
  readonly isArray: boolean
  name: string | undefined
  nameAt: number
  at: number
}

/** The members of a JSON text. Only for what is JSON. */
export function membersOf(text: string): Member[] {
  const found: Member[] = []
  const levels: Level[] = []
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      levels.push({ isArray: token === '[', name: undefined, nameAt: 0, at: 0 })
    } else if (token === '}' || token === ']') {
      levels.pop()
    } else if (token === ',' && level !== undefined) {
      level.at += 1
      level.name = undefined
    } else if (token !== ':' && level?.isArray === false) {
      if (level.name !== undefined)
        found.push({ path: pathOf(levels), value: token, start: level.nameAt, end: index + token.length })
      else Object.assign(level, { name: JSON.parse(token) as string, nameAt: index })
    }
  }
  return found
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce(
    (path, { isArray, name = '', at }) =>
      isArray ? `${path}[${at}]` : `${path}${path === '' ? '' : '.'}${name}`,
    '',
  )
}
