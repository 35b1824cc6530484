import { Ajv } from 'ajv'
import { isAlias } from '../domain/alias.ts'
import { parseNumber } from '../domain/number.ts'
import { KINDS, type Kind, SECTIONS } from './record-kind.ts'
import { BODIES, FIELDS } from './record-schema.ts'

/** What is wrong at a place of the file. */
export interface Mistake {
  /** The names that lead there, from the outside in. */
  readonly path: readonly string[]
  /** Shows no value: it may be a token. */
  readonly sentence: string
}

/** What is wrong with a file of accounts and channels; empty when it can be used. */
export function mistakesOfFile(file: unknown): Mistake[] {
  if (!isMapping(file)) return [{ path: [], sentence: 'the file must have "accounts", "channels" or both' }]
  const known: readonly string[] = Object.values(SECTIONS)
  const unknown = Object.keys(file).filter((name) => !known.includes(name))
  return [
    ...unknown.map((name) => ({ path: [name], sentence: `"${name}" is neither "accounts" nor "channels"` })),
    ...KINDS.flatMap((kind) => mistakesOfSection(kind, file[SECTIONS[kind]])),
  ]
}

function mistakesOfSection(kind: Kind, section: unknown): Mistake[] {
  if (section === undefined) return []
  const name = SECTIONS[kind]
  if (!isMapping(section)) {
    return [{ path: [name], sentence: `"${name}" must be a mapping of names to fields, {} for none` }]
  }
  return Object.entries(section).flatMap(([id, fields]) =>
    mistakesOfRecord(kind, id, fields).map(({ path, sentence }) => ({ path: [name, id, ...path], sentence })),
  )
}

function mistakesOfRecord(kind: Kind, id: string, fields: unknown): Mistake[] {
  if (!isAlias(id)) {
    const grammar = 'lower-case letters, digits and dashes, a letter first, and no dash last'
    return [{ path: [], sentence: `a name must be ${grammar}` }]
  }
  if (!isMapping(fields)) return [{ path: [], sentence: 'it must be a mapping of fields' }]
  const missing = BODIES[kind].required.filter((name) => !(name in fields))
  return [
    ...missing.map((name) => ({ path: [], sentence: `the field "${name}" is missing` })),
    ...Object.entries(fields).flatMap(([name, value]) => mistakesOfField(kind, name, value)),
  ]
}

const ajv = new Ajv({ code: { optimize: false } })

/** By the API's own schema and the checker that it uses, so that the two cannot drift apart. */
function mistakesOfField(kind: Kind, name: string, value: unknown): Mistake[] {
  const path = [name]
  if (name === 'token') {
    const instead = 'use "tokenFrom", or: wati-gateway accounts put'
    return [{ path, sentence: `the field "token" is a secret and does not belong here: ${instead}` }]
  }
  if (!FIELDS[kind].includes(name)) return [{ path, sentence: `the field "${name}" is not known` }]
  const schema = (BODIES[kind].properties as Record<string, Schema>)[name] ?? {}
  if (!ajv.validate(schema, value)) {
    return [{ path, sentence: `the field "${name}" must be ${schema.description ?? 'of another type'}` }]
  }
  if (name !== 'number' || parseNumber(String(value)) !== undefined) return []
  const form = '7 to 15 digits with the country code, the first not 0'
  return [{ path, sentence: `the field "number" must be ${form}` }]
}

interface Schema {
  readonly description?: string
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
