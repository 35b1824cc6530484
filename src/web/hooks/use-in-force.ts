import { useEffect, useState } from 'preact/hooks'
import { answer, api } from '../api/client.ts'
import { type Problem, toProblem } from '../api/problem.ts'

export type Replica = Awaited<ReturnType<typeof listReplicas>>[number]

const LOOK_MS = 250
/** Five times what a change may take. */
export const LONGEST_WAIT_MS = 5_000

/** How far the replicas are with a change. */
export interface InForce {
  /** `undefined` before the first look. */
  readonly replicas: readonly Replica[] | undefined
  readonly isWaiting: boolean
  readonly problem: Problem | undefined
}

const UNKNOWN: InForce = { replicas: undefined, isWaiting: true, problem: undefined }

/** Looks at the replicas until each has a revision, but not for ever; `again` looks anew. */
export function useInForce(revision: number): InForce & { readonly again: () => void } {
  const [state, setState] = useState(UNKNOWN)
  const [round, setRound] = useState(0)
  useEffect(() => {
    const stop = new AbortController()
    setState(({ replicas }) => ({ ...UNKNOWN, replicas }))
    follow(revision, stop.signal, setState).catch((error: unknown) => {
      if (stop.signal.aborted) return
      setState(({ replicas }) => ({ replicas, isWaiting: false, problem: toProblem(error) }))
    })
    return () => stop.abort()
  }, [revision, round])
  return { ...state, again: () => setRound((before) => before + 1) }
}

async function follow(revision: number, signal: AbortSignal, tell: (state: InForce) => void): Promise<void> {
  const end = Date.now() + LONGEST_WAIT_MS
  for (;;) {
    const replicas = await listReplicas(signal)
    if (signal.aborted) return
    const isDone = replicas.every((replica) => replica.revision >= revision)
    const isWaiting = !isDone && Date.now() < end
    tell({ replicas, isWaiting, problem: undefined })
    if (!isWaiting) return
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

async function listReplicas(signal: AbortSignal) {
  return (await answer(api.GET('/v1/replicas', { signal }))).body.items
}
