/** Other text, or none, in place of a stretch of bytes. */
export interface Edit {
  readonly start: number
  /** Behind the last byte that goes; nothing goes where it is `start`. */
  readonly end: number
  /** ASCII. */
  readonly text: string
}

/** A body with edits, which follow each other in it; all other bytes stay. */
export function edited(body: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return body
  // One character a byte: a string is put together from many pieces for less than a buffer.
  const bytes = body.toString('latin1')
  let written = ''
  let at = 0
  for (const { start, end, text } of edits) {
    written += bytes.slice(at, start) + text
    at = end
  }
  return Buffer.from(written + bytes.slice(at), 'latin1')
}
