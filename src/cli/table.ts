import { withoutControls } from './output.ts'

/** A column: its heading, and what a row shows in it. */
export type Column<T> = readonly [heading: string, show: (row: T) => unknown]

const GAP = '  '

/** The lines of a table, its headings first; `(none)` when there is no row. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[]): string[] {
  if (rows.length === 0) return ['(none)']
  const cells = rows.map((row) => columns.map(([, show]) => cell(show(row))))
  return align([columns.map(([heading]) => heading.toUpperCase()), ...cells])
}

/** The lines of one record: a field each, members of objects as `token.fingerprint`. */
export function record(fields: object): string[] {
  return align(flatten(fields).map(([name, value]) => [name, cell(value)]))
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[at])), 0),
  )
  return rows.map((row) =>
    row
      .map((text, at) => text + ' '.repeat((widths[at] ?? 0) - widthOf(text)))
      .join(GAP)
      .trimEnd(),
  )
}

function flatten(fields: object, prefix = ''): [string, unknown][] {
  return Object.entries(fields).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, value] as [string, unknown]],
  )
}

/** A value as people read it: texts bare, nothing as a dash. */
export function cell(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-'
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return value.length === 0 ? '-' : withoutControls(value.join(', '))
  }
  return withoutControls(typeof value === 'string' ? value : JSON.stringify(value))
}

function widthOf(text = ''): number {
  return Array.from(text).length
}
