import type { IncomingHttpHeaders } from 'node:http'

/** The code of the error of an answer of which nobody can tell whether it is whole. */
export const NO_LENGTH = 'WATI_NO_LENGTH'

/**
 * An answer with neither length nor chunks ends with its connection (RFC 9112, 6.3), and so does one that was cut
 * short; even a reset can look like an end (libuv takes a hang-up after a partial read for one).
 */
export class NoLength extends Error {
  readonly code = NO_LENGTH

  constructor() {
    super('the answer does not say how long it is')
  }
}

/** Does an answer say in its head where it ends (RFC 9112, 6.3)? */
export function saysLength(status: number, headers: IncomingHttpHeaders): boolean {
  return (
    status === 204 ||
    status === 304 ||
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined
  )
}

/** JSON says itself where it ends. */
export function isWholeJson(chunks: readonly Buffer[]): boolean {
  try {
    JSON.parse(Buffer.concat(chunks).toString())
    return true
  } catch {
    return false
  }
}
