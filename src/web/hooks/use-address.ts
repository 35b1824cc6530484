import { useCallback, useMemo } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { useHashLocation } from 'wouter-preact/use-hash-location'

interface Going {
  readonly replace?: boolean
  readonly state?: unknown
}

/**
 * Where the page is, for wouter's `Router`: path and query both stand behind the `#`. wouter's own hook puts the query
 * in front of it, where it stays when one goes on, and finds no view at `#/try?channel=sales`.
 */
export function useAddress(): [string, typeof go] {
  const [address] = useHashLocation()
  return [address.split('?', 1)[0] ?? '/', go]
}
useAddress.hrefs = (path: string): string => `#${path}`
useAddress.searchHook = useQueryText

function go(to: string, { replace = false, state = null }: Going = {}): void {
  history[replace ? 'replaceState' : 'pushState'](state, '', `#${to}`)
  // Neither of them tells anybody.
  dispatchEvent(new HashChangeEvent('hashchange'))
}

function useQueryText(): string {
  const [address] = useHashLocation()
  return queryOf(address)
}

function queryOf(address: string): string {
  return address.includes('?') ? address.slice(address.indexOf('?') + 1) : ''
}

/** The query as it is at this moment: what a view was drawn with may be older than a change of a moment ago. */
export function queryNow(): URLSearchParams {
  return new URLSearchParams(queryOf(location.hash))
}

type Query = Readonly<Record<string, string>>

/** The query of the address (`#/channels?q=sales`), and a way to write it anew; what is empty is left out. */
export function useQuery(): [URLSearchParams, (query: Query) => void] {
  const text = useQueryText()
  const [path, navigate] = useLocation()
  const write = useCallback(
    (query: Query) => {
      const filled = Object.entries(query).filter(([, value]) => value !== '')
      const next = new URLSearchParams(filled).toString()
      // Replaced, so that Back leads to where one came from and not to every letter of a search.
      navigate(next === '' ? path : `${path}?${next}`, { replace: true })
    },
    [path, navigate],
  )
  return [useMemo(() => new URLSearchParams(text), [text]), write]
}
