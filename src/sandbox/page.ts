import { invalid } from './answer.ts'
import { textOf } from './call.ts'
import type { Fields } from './fields.ts'

/** One page of a list, with Wati's `link` beside it. */
export interface Page<Item> {
  readonly items: Item[]
  readonly link: {
    readonly prevPage: string | null
    readonly nextPage: string | null
    readonly pageNumber: number
    readonly pageSize: number
    readonly total: number
  }
}

const DEFAULT_PAGE_SIZE = 100
const MAX_PAGE_SIZE = 1000

/** The page that the query's `pageNumber` (from 1) and `pageSize` ask for; else throws a 400. */
export function pageOf<Item>(query: Fields, all: readonly Item[], operation: string): Page<Item> {
  const pageNumber = wholeNumber(query, 'pageNumber', 1)
  const pageSize = Math.min(wholeNumber(query, 'pageSize', DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)
  const end = pageNumber * pageSize
  const linkTo = (page: number) => `${operation}?pageSize=${pageSize}&pageNumber=${page}`
  return {
    items: all.slice(end - pageSize, end),
    link: {
      prevPage: pageNumber > 1 ? linkTo(pageNumber - 1) : null,
      nextPage: end < all.length ? linkTo(pageNumber + 1) : null,
      pageNumber,
      pageSize,
      total: all.length,
    },
  }
}

function wholeNumber(query: Fields, name: string, otherwise: number): number {
  const given = textOf(query.get(name))
  if (given === undefined) return otherwise
  if (!/^-?[0-9]{1,9}$/.test(given)) throw invalid(name, `The value '${given}' is not valid for ${name}.`)
  return Math.max(1, Number(given))
}
