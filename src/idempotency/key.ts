const NAME = 'idempotency-key'
const KEY = /^[\x21-\x7e]{1,255}$/

/**
 * What is wrong with the `Idempotency-Key` of a request, in a sentence; `undefined` when it is well-formed or not
 * there. Two lines would be joined by one reader and told apart by another.
 */
export function faultOfKey(rawHeaders: readonly string[]): string | undefined {
  const keys = keysIn(rawHeaders)
  if (keys.length > 1) return 'The request has more than one Idempotency-Key line: send one.'
  if (keys.every((key) => KEY.test(key))) return undefined
  return 'The Idempotency-Key must be 1 to 255 visible ASCII characters, without spaces.'
}

/** The key of a request that was found well-formed; `undefined` without one. */
export function readKey(rawHeaders: readonly string[]): string | undefined {
  return keysIn(rawHeaders)[0]
}

/** Node joins repeated lines, so they are read as they came: names and values in turn. */
function keysIn(rawHeaders: readonly string[]): string[] {
  const keys: string[] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', key = ''] = [rawHeaders[at], rawHeaders[at + 1]]
    if (name.length === NAME.length && name.toLowerCase() === NAME) keys.push(key)
  }
  return keys
}
