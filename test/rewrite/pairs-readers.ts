import { parse } from 'node:querystring'

/**
 * Readers of a query or form as other programs have them. The first four stand on the URL standard's
 * reader (`URLSearchParams`), the last on Node's older one.
 */
export type Pair = readonly [name: string, value: string]

/**
 * All pairs in order. The `?` is given because `URLSearchParams` takes one away. Node's mangles letters
 * outside ASCII beside a broken percent code (`%é`), so it gets them encoded, which means the same.
 */
export function readPairs(text: string): Pair[] {
  return [...new URLSearchParams(`?${text.replace(/[^\x00-\x7f]+/g, encodeURIComponent)}`)]
}

/** Keeps the first of repeated names. */
export function readFirst(pairs: readonly Pair[], name: string): string | undefined {
  return pairs.find(([other]) => other === name)?.[1]
}

/** Keeps the last of repeated names. */
export function readLast(pairs: readonly Pair[], name: string): string | undefined {
  return pairs.findLast(([other]) => other === name)?.[1]
}

/** Finds a name in any case, the first one, as ASP.NET binders do. */
export function readCaseBlind(pairs: readonly Pair[], name: string): string | undefined {
  return pairs.find(([other]) => other.toUpperCase() === name.toUpperCase())?.[1]
}

/** All values that a reader could find who looks past case, `_`, `-` and what follows a `[`. */
export function readLenient(pairs: readonly Pair[], name: string): string[] {
  return pairs.filter(([other]) => bare(other) === bare(name)).map(([, value]) => value)
}

/** All values under a name, as Node's `querystring` has them. */
export function readOldNode(text: string, name: string): string[] {
  const found = parse(text, '&', '=', { maxKeys: 0 })[name]
  return found === undefined ? [] : [found].flat()
}

function bare(name: string): string {
  const [front = ''] = name.split('[')
  return front.toUpperCase().split('_').join('').split('-').join('')
}
