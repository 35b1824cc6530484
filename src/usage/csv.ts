const CELL_TO_QUOTE = /[",]/
/** A spreadsheet would take it for a formula, and carry it out. The wide forms count, too. */
const FORMULA = /^[=+\-@＝＋－＠]/

/** One line of CSV (RFC 4180), its end included. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => (typeof cell === 'number' ? String(cell) : printText(cell))).join(',')}\r\n`
}

/** A caller's name is whatever its token says: it may not steer what shows it. RFC 4180 has no control characters. */
function printText(text: string): string {
  const shown = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd')
  const safe = FORMULA.test(shown) ? `'${shown}` : shown
  return CELL_TO_QUOTE.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
