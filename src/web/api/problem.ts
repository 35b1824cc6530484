import { messages } from '../messages/messages.ts'

/** A refusal of the gateway (RFC 9457), or the reason why it was not reached. */
export class Problem extends Error {
  /** Such as `revision-mismatch`; empty when the gateway was not reached. */
  readonly problem: string
  readonly status: number
  /** The field of the form that the sentence is about, such as `number` or `limits.monthlyCalls`. */
  readonly field: string | undefined
  readonly requestId: string | undefined

  constructor(problem: string, status: number, detail: string, requestId?: string) {
    super(detail)
    this.name = 'Problem'
    this.problem = problem
    this.status = status
    this.field = /the field "([^"]+)"/i.exec(detail)?.[1]
    this.requestId = requestId
  }
}

/** Reads the body of a refusal; whatever else stands there becomes a sentence, too. */
export function readProblem(status: number, body: unknown): Problem {
  const { type, detail, requestId } = (body ?? {}) as Record<string, unknown>
  if (typeof type !== 'string' || typeof detail !== 'string')
    return new Problem('', status, `${messages.shell.unreachable} (HTTP ${status})`)
  const name = type.slice(type.lastIndexOf(':') + 1)
  return new Problem(name, status, detail, typeof requestId === 'string' ? requestId : undefined)
}

/** Whatever was thrown, as a problem. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const isLate = error instanceof DOMException && error.name === 'TimeoutError'
  return new Problem('', 0, isLate ? messages.shell.tooSlow : messages.shell.unreachable)
}
