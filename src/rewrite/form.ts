import { isUtf8 } from 'node:buffer'
import type { Rewritten } from './channel-key.ts'
import { Malformed } from './malformed.ts'
import { rewritePairs } from './pairs.ts'

/**
 * Writes the number under each of `keys` in an `application/x-www-form-urlencoded` body.
 * Throws `Malformed` when the bytes are not UTF-8, because readers differ in what they make of them.
 */
export function rewriteForm(body: Buffer, keys: readonly string[], number: string): Rewritten<Buffer> {
  if (!isUtf8(body)) throw new Malformed('The form is not UTF-8: percent-encode it as UTF-8.')
  const { value, claimed } = rewritePairs(body.toString('latin1'), keys, number)
  return { value: Buffer.from(value, 'latin1'), claimed }
}
