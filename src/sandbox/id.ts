import { createHash, randomBytes } from 'node:crypto'

/** A new id as Wati's database makes them: 24 hex digits. */
export function newId(): string {
  return randomBytes(12).toString('hex')
}

/** Always the same id for the same words: the id of a conversation. */
export function idOf(...words: readonly string[]): string {
  return createHash('sha256').update(words.join('/')).digest('hex').slice(0, 24)
}
