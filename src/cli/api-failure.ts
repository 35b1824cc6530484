import { CommandFailure, EXIT, failed } from './failure.ts'
import type { Server } from './server.ts'

/** A refusal of the control plane: its status besides its sentence. */
export class ApiRefusal extends CommandFailure {
  readonly status: number

  constructor(status: number, sentence: string) {
    super(EXIT.failed, sentence)
    this.name = 'ApiRefusal'
    this.status = status
  }
}

/** The failure for an answer that is no success: the problem's own sentence, or what the answer was instead. */
export function refusalOf(status: number, text: string): ApiRefusal {
  const { detail, type, requestId } = readProblem(text)
  if (detail === undefined) {
    return new ApiRefusal(
      status,
      `The answer was ${status}, and no problem document: is --url the address of the control plane?`,
    )
  }
  const name = type?.replace(/^urn:wati-gateway:problem:/, ' ') ?? ''
  const request = requestId === undefined ? '' : `, request ${requestId}`
  return new ApiRefusal(status, `${detail} (${status}${name}${request})`)
}

function readProblem(text: string): { detail?: string; type?: string; requestId?: string } {
  try {
    const problem: unknown = JSON.parse(text)
    if (typeof problem !== 'object' || problem === null) return {}
    return Object.fromEntries(Object.entries(problem).filter(([, value]) => typeof value === 'string'))
  } catch {
    return {}
  }
}

/** The failure for no answer at all. */
export function unreachable({ url, timeoutMs }: Server, error: unknown): CommandFailure {
  const { name, cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
  if (name === 'TimeoutError') return failed(`${url} did not answer within ${timeoutMs / 1_000} s.`, error)
  const reason = cause?.code ?? cause?.message ?? message
  return failed(
    `The control plane at ${url} cannot be reached (${reason}): is it running, and is --url right?`,
    error,
  )
}
