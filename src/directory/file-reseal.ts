import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Reseal, SealedChange } from './store.ts'

/** After so many records or changes others get their turn. */
const BATCH = 1_000

interface Content {
  readonly records: SealedChange[]
  readonly history: SealedChange[]
}

/** The same changes at the same places, with other seals where `again` gives one. */
export async function resealed(
  found: Content,
  { again }: Reseal,
): Promise<Content & { readonly isSame: boolean }> {
  let isSame = true
  const anew = async (changes: readonly SealedChange[], where: 'record' | 'history') => {
    const result: SealedChange[] = []
    for await (const batch of inBatches(changes)) {
      for (const change of batch) {
        const sealed = again(change, where)
        if (sealed !== undefined) isSame = false
        result.push(sealed === undefined ? change : { ...change, sealed })
      }
    }
    return result
  }
  const records = await anew(found.records, 'record')
  const history = await anew(found.history, 'history')
  return { records, history, isSame }
}

/** All items, in pieces; others get their turn in between. */
export async function* inBatches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) {
    if (start > 0) await nextTurn()
    yield items.slice(start, start + BATCH)
  }
}

/** The newest change of every live target, and the history, without what is in both. */
export function inOrder(records: readonly SealedChange[], history: readonly SealedChange[]): SealedChange[] {
  const byRevision = new Map([...records, ...history].map((change) => [change.revision, change]))
  return [...byRevision.values()].sort((one, other) => one.revision - other.revision)
}
