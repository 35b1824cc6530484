import { useState } from 'preact/hooks'
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

/**
 * `keys` are the filters: when one changes, the list begins anew. With a name the browser's history remembers the page,
 * so that Back leads to it.
 */
export function usePages<T>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<T>>,
  keys: readonly unknown[],
  pageLength: number,
  name?: string,
): Pages<T> {
  const filters = JSON.stringify(keys)
  const [{ of, cursors: reached }, setReached] = useState<Reached>(
    () => remembered(name) ?? { of: filters, cursors: FIRST },
  )
  // Of other filters the cursors are good for nothing, not even for one request.
  const cursors = of === filters ? reached : FIRST
  const setCursors = (next: Cursors): void => {
    setReached({ of: filters, cursors: next })
    remember(name, { of: filters, cursors: next })
  }
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

type Cursors = readonly (string | undefined)[]

/** How far a list was leafed through, and by which filters. */
interface Reached {
  readonly of: string
  readonly cursors: Cursors
}

const FIRST: Cursors = [undefined]

function remember(name: string | undefined, reached: Reached): void {
  if (name !== undefined) history.replaceState({ ...(history.state as object | null), [name]: reached }, '')
}

function remembered(name: string | undefined): Reached | undefined {
  return name === undefined ? undefined : (history.state as Record<string, Reached> | null)?.[name]
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
