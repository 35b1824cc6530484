/** What Wati's answer says about the request: the value of `wati-gateway-outcome`. */
export type Outcome = 'accepted' | 'refused' | 'unknown'

/**
 * Reads the outcome from the status and, where it came whole, the JSON body: Wati says 200 also when it
 * refuses. After a 5xx a write may have been carried out all the same.
 */
export function readOutcome(status: number, body: Buffer | undefined): Outcome {
  if (status >= 500) return 'unknown'
  if (status >= 400) return 'refused'
  return body !== undefined && saysNo(body) ? 'refused' : 'accepted'
}

function saysNo(body: Buffer): boolean {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'))
    if (typeof answer !== 'object' || answer === null) return false
    const { result, ok, success } = answer as Record<string, unknown>
    return result === false || result === 'error' || ok === false || success === false
  } catch {
    // Not JSON: there is nothing in it to go by.
    return false
  }
}
