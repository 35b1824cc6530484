/** What people and Wati put between the digits of a number. */
const PUNCTUATION = /[\s+().-]/g
const DIGITS = /^[0-9]{7,15}$/

/** Wati's answers are flat; whoever nests deeper than this lists no numbers. */
const DEEPEST_LEVEL = 8

/**
 * The numbers that stand in the items of a list, wherever it stands in the answer and however its fields are
 * called: Wati names them differently from version to version. Other long digits (a WABA id) are in it too, so
 * it is good for looking a number up, not for showing. `undefined` when the answer holds no list at all.
 */
export function numbersIn(answer: unknown): ReadonlySet<string> | undefined {
  const lists = listsIn(answer)
  if (lists.length === 0) return undefined
  const texts = lists.flatMap((list) => textsIn(list))
  return new Set(texts.map((text) => text.replace(PUNCTUATION, '')).filter((text) => DIGITS.test(text)))
}

function listsIn(value: unknown, level = 0): unknown[][] {
  if (Array.isArray(value)) return [value]
  if (typeof value !== 'object' || value === null || level === DEEPEST_LEVEL) return []
  return Object.values(value).flatMap((inner) => listsIn(inner, level + 1))
}

function textsIn(value: unknown, level = 0): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null || level === DEEPEST_LEVEL) return []
  return Object.values(value).flatMap((inner) => textsIn(inner, level + 1))
}
