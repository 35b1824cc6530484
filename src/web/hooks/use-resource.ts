import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Problem, toProblem } from '../api/problem.ts'

/** Something that is read from the gateway, and how that stands. */
export interface Resource<T> {
  /** The newest there is; it stays while newer is loaded. */
  readonly data: T | undefined
  /** Why the last try failed. */
  readonly problem: Problem | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

/**
 * Loads when the view comes up, whenever one of `keys` changes, and every `everyMs` while the page is seen.
 * An answer that was overtaken is dropped.
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
  everyMs?: number,
): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, 'reload'>>(NOTHING)
  const [round, setRound] = useState(0)
  const newest = useRef(load)
  newest.current = load

  useEffect(() => {
    const stop = new AbortController()
    setState((before) => ({ ...before, isLoading: true }))
    newest.current(stop.signal).then(
      (data) => {
        if (!stop.signal.aborted) setState({ data, problem: undefined, isLoading: false })
      },
      (error: unknown) => {
        if (stop.signal.aborted) return
        setState(({ data }) => ({ data, problem: toProblem(error), isLoading: false }))
      },
    )
    return () => stop.abort()
  }, [...keys, round])

  const reload = useCallback(() => setRound((before) => before + 1), [])
  useEffect(() => {
    if (everyMs === undefined) return
    const reloadIfSeen = (): void => {
      if (!document.hidden) reload()
    }
    const timer = setInterval(reloadIfSeen, everyMs)
    // Who comes back sees what is, not what was.
    document.addEventListener('visibilitychange', reloadIfSeen)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', reloadIfSeen)
    }
  }, [everyMs, reload])
  return { ...state, reload }
}

const NOTHING = { data: undefined, problem: undefined, isLoading: true }
