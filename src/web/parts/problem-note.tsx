import type { Problem } from '../api/problem.ts'
import { messages } from '../messages/messages.ts'
import { Button } from './button.tsx'

interface ProblemNoteProps {
  readonly problem: Problem | undefined
  /** The fields of the form: what is about one of them stands beside it. */
  readonly fields?: readonly string[]
  readonly onRetry?: () => void
}

/** Why something failed, where no field is to blame. */
export function ProblemNote({ problem, fields = [], onRetry }: ProblemNoteProps) {
  if (problem === undefined) return null
  const { field, requestId } = problem
  if (field !== undefined && fields.some((name) => field === name || field.startsWith(`${name}.`)))
    return null
  return (
    <div class="note error" role="alert">
      <p>{problem.message}</p>
      {requestId !== undefined && <p class="faint">{messages.shell.requestId(requestId)}</p>}
      {onRetry && <Button onClick={onRetry}>{messages.shell.retry}</Button>}
    </div>
  )
}
