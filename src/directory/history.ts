import type { HistoryRange, SealedChange } from './store.ts'

/** A range of changes that lie in memory, in the order of their revisions. */
export function changesIn(
  changes: readonly SealedChange[],
  { from, count, newestFirst }: HistoryRange,
): SealedChange[] {
  if (newestFirst) {
    const end = from === undefined ? changes.length : placeOf(changes, from)
    return changes.slice(Math.max(0, end - count), end).reverse()
  }
  const start = placeOf(changes, (from ?? 0) + 1)
  return changes.slice(start, start + count)
}

/** The place of the first change that has at least this revision. None is missing between the first and the last. */
function placeOf(changes: readonly SealedChange[], revision: number): number {
  const first = changes[0]?.revision ?? 0
  return Math.min(Math.max(revision - first, 0), changes.length)
}
