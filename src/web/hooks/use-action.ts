import { useCallback, useState } from 'preact/hooks'
import { type Problem, toProblem } from '../api/problem.ts'

/** Something the admin does: it runs once at a time, and tells why it failed. */
export interface Action<A extends readonly unknown[]> {
  readonly run: (...given: A) => Promise<void>
  readonly isBusy: boolean
  readonly problem: Problem | undefined
  readonly forget: () => void
}

export function useAction<A extends readonly unknown[]>(
  action: (...given: A) => Promise<unknown>,
): Action<A> {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const run = async (...given: A): Promise<void> => {
    if (isBusy) return
    setBusy(true)
    setProblem(undefined)
    try {
      await action(...given)
    } catch (error) {
      setProblem(toProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return { run, isBusy, problem, forget: useCallback(() => setProblem(undefined), []) }
}
