import { isDeepStrictEqual } from 'node:util'
import { parseNumber } from '../domain/number.ts'
import type { DirectoryFile, Fields } from './directory-file.ts'
import type { Existing, ExistingRecord } from './existing.ts'
import { KINDS, type Kind } from './record-kind.ts'
import { FIELDS } from './record-schema.ts'

export interface FieldChange {
  readonly field: string
  /** What is there; absent when the field is not. */
  readonly from?: unknown
  readonly to?: unknown
}

/** One record that is not as the file says. */
export interface Difference {
  readonly change: 'create' | 'update' | 'delete'
  readonly kind: Kind
  readonly id: string
  readonly fields: readonly FieldChange[]
  /** At which the record was compared. */
  readonly revision?: number
}

/** What a field is when nobody says it. */
const PRESETS: Readonly<Record<Kind, Fields>> = { account: { plan: 'growth' }, channel: { enabled: true } }

/**
 * What has to be done so that the gateway is as the file says, in the order in which it can be done: accounts,
 * then channels, then what the file lacks, channels first.
 */
export function differences(file: DirectoryFile, existing: Existing): Difference[] {
  const written = KINDS.flatMap((kind) =>
    [...(file[kind] ?? [])].flatMap(([id, wanted]) => compare(kind, id, wanted, existing[kind].get(id))),
  )
  const surplus = [...KINDS]
    .reverse()
    .flatMap((kind) =>
      [...existing[kind]]
        .filter(([id]) => file[kind]?.has(id) === false)
        .map(([id, { revision }]): Difference => ({ change: 'delete', kind, id, fields: [], revision })),
    )
  return [...written, ...surplus]
}

function compare(kind: Kind, id: string, wanted: Fields, current: ExistingRecord | undefined): Difference[] {
  const to = normalize(kind, wanted)
  const from = normalize(kind, current ?? {})
  const fields = FIELDS[kind].flatMap((field) => changeOf(field, current && from[field], to[field]))
  if (current === undefined) return [{ change: 'create', kind, id, fields }]
  return fields.length === 0 ? [] : [{ change: 'update', kind, id, fields, revision: current.revision }]
}

function changeOf(field: string, from: unknown, to: unknown): FieldChange[] {
  if (isDeepStrictEqual(from, to)) return []
  // Where the file names no source of the token, the token stays what it is.
  if (field === 'tokenFrom' && to === undefined) return []
  return [{ field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
}

/** The same words for the same thing: presets filled in, numbers and origins as the gateway keeps them. */
function normalize(kind: Kind, fields: Fields): Fields {
  const full = { ...PRESETS[kind], ...fields }
  return Object.fromEntries(
    Object.entries(full)
      .map(([name, value]) => [name, normalizeField(name, value)] as const)
      .filter(([, value]) => value !== undefined),
  )
}

function normalizeField(name: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return undefined
  if (typeof value !== 'string') return value
  if (name === 'number') return parseNumber(value) ?? value
  if (name === 'baseUrl' && URL.canParse(value)) return new URL(value).origin
  return value
}
