/** Something that is wrong now, in words for a person. */
export interface Trouble {
  /** `error`: something does not work. `warning`: all works, and something will hurt soon. */
  readonly level: 'error' | 'warning'
  /** What kind of trouble it is: one word that stays the same, such as `token-expired`. */
  readonly name: string
  /** One sentence: what is wrong, and what to do. */
  readonly text: string
  /** What it is about; missing when it is about all of the gateway. */
  readonly target?: { readonly kind: string; readonly id: string }
}

/** The longest list of troubles. */
export const MOST_TROUBLES = 100
/** So many are kept before the worst of them are picked: with a wrong key ring every record is a trouble. */
const MOST_KEPT = 10 * MOST_TROUBLES

/** The worst troubles, errors first, then by name and target; when there are too many, the last item says so. */
export function worstOf(found: Iterable<Trouble>): Trouble[] {
  const worst: Trouble[] = []
  let last: Trouble | undefined
  let count = 0
  for (const trouble of found) {
    count += 1
    if (last !== undefined && inOrder(trouble, last) > 0) continue
    if (worst.push(trouble) < MOST_KEPT) continue
    worst.sort(inOrder).splice(MOST_TROUBLES)
    last = worst.at(-1)
  }
  worst.sort(inOrder)
  if (count <= MOST_TROUBLES) return worst
  const shown = worst.slice(0, MOST_TROUBLES - 1)
  const level = worst[shown.length]?.level ?? 'warning'
  const text = `There are ${count - shown.length} more troubles that are not shown: see to the first of these.`
  return [...shown, { level, name: 'more-troubles', text }]
}

function inOrder(one: Trouble, other: Trouble): number {
  return (
    compare(one.level, other.level) ||
    compare(one.name, other.name) ||
    compare(one.target?.kind, other.target?.kind) ||
    compare(one.target?.id, other.target?.id) ||
    compare(one.text, other.text)
  )
}

/** By character codes: `error` comes before `warning`, and what is missing comes first. */
function compare(one = '', other = ''): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/** A time as the sentences name it: `2026-11-22T14:50:13Z`. */
export function timeOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}
