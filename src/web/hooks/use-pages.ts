import { useEffect, useState } from 'preact/hooks'
import { type Resource, useResource } from './use-resource.ts'

export interface ListPage<T> {
  readonly items: readonly T[]
  readonly nextCursor: string | null
}

/** A list that is leafed through, page by page. */
export interface Pages<T> extends Resource<readonly T[]> {
  /** From 1 on. */
  readonly number: number
  readonly next: (() => void) | undefined
  readonly previous: (() => void) | undefined
}

/** A search looks at so many records a request; some requests more fill the page. */
const MOST_REQUESTS = 60

/** `keys` are the filters: when one changes, the list begins anew. */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<T>>,
  keys: readonly unknown[],
  pageLength: number,
): Pages<T> {
  const [cursors, setCursors] = useState<readonly (string | undefined)[]>([undefined])
  const filters = JSON.stringify(keys)
  useEffect(() => setCursors([undefined]), [filters])
  const cursor = cursors.at(-1)
  const { data, ...rest } = useResource(
    (signal) => fill((from) => load(from, signal), cursor, pageLength, signal),
    [filters, cursor],
  )
  const nextCursor = data?.nextCursor
  return {
    ...rest,
    data: data?.items,
    number: cursors.length,
    next: nextCursor == null ? undefined : () => setCursors([...cursors, nextCursor]),
    previous: cursors.length === 1 ? undefined : () => setCursors(cursors.slice(0, -1)),
  }
}

/** A page may come with fewer items than asked for and still not be the last. */
async function fill<T>(
  load: (cursor: string | undefined) => Promise<ListPage<T>>,
  first: string | undefined,
  pageLength: number,
  signal: AbortSignal,
): Promise<ListPage<T>> {
  let { items, nextCursor } = await load(first)
  for (let asked = 1; asked < MOST_REQUESTS && items.length < pageLength; asked++) {
    if (nextCursor === null || signal.aborted) break
    const more = await load(nextCursor)
    // More than a page would be cut, and its rest lost to the cursor: the next page begins there.
    if (items.length + more.items.length > pageLength) break
    items = [...items, ...more.items]
    nextCursor = more.nextCursor
  }
  return { items, nextCursor }
}
