const NUMBER = /^[1-9][0-9]{6,14}$/

/**
 * The business number a channel sends from, as Wati wants it: digits with the country code.
 *
 * People paste `+852 6431-8722`: a leading `+`, spaces and dashes are removed.
 * Gives `undefined` when what remains is not 7 to 15 digits that start with 1–9 (E.164).
 */
export function parseNumber(input: string): string | undefined {
  const digits = digitsOf(input)
  return NUMBER.test(digits) ? digits : undefined
}

/** Do a caller's words name this number? Only the digits count: `+852 6431 8722` is `85264318722`. */
export function sameNumber(claimed: string, number: string): boolean {
  return digitsOf(claimed) === number
}

function digitsOf(input: string): string {
  return input.replace(/^\s*\+/, '').replace(/[\s-]/g, '')
}
