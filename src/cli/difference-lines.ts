import type { Difference } from './differences.ts'
import { cell } from './table.ts'

const SIGNS = { create: '+', update: '~', delete: '-' } as const

/** The lines of a difference: one for a record that comes or goes, else one for each field. */
export function describe({ change, kind, id, fields }: Difference, saysPrune = false): string[] {
  const name = `${SIGNS[change]} ${kind} ${id}`
  if (change === 'update')
    return fields.map((one) => `${name} ${one.field}: ${cell(one.from)} → ${cell(one.to)}`)
  if (change === 'delete') return [saysPrune ? `${name} (only with --prune)` : name]
  return [`${name} ${fields.map((one) => `${one.field}: ${cell(one.to)}`).join(', ')}`]
}
