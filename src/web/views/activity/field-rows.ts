import type { FieldChange } from './audit.ts'

/** A field, or what is inside of one: `limits.sendTemplateMessage.max`. */
export interface FieldRow {
  readonly path: string
  /** Missing when there was nothing. */
  readonly from?: unknown
  readonly to?: unknown
}

/** Field by field, also inside of labels and limits: only what differs. */
export function fieldRows(changes: readonly FieldChange[]): FieldRow[] {
  return changes.flatMap(({ field, from, to }) => rowsOf(field, from, to))
}

function rowsOf(path: string, from: unknown, to: unknown): FieldRow[] {
  if (hasFields(from) && hasFields(to)) {
    const names = new Set([...Object.keys(from), ...Object.keys(to)])
    return [...names].flatMap((name) => rowsOf(`${path}.${name}`, from[name], to[name]))
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return []
  if (hasFields(from) && to === undefined) return rowsOf(path, from, {})
  if (hasFields(to) && from === undefined) return rowsOf(path, {}, to)
  return [{ path, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
}

function hasFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
