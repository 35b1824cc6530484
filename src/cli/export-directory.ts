import type { Command } from 'commander'
import { stringify } from 'yaml'
import { type ExistingRecord, readExisting } from './existing.ts'
import type { Fields } from './directory-file.ts'
import { printJson, printText } from './output.ts'
import { KINDS, type Kind, SECTIONS } from './record-kind.ts'
import { FIELDS } from './record-schema.ts'
import { serverOf, wantsJson } from './server.ts'

const HEADING = `# Written by "wati-gateway export". Tokens are not in it: an account without "tokenFrom" keeps the one it has.
`

/** Prints the whole directory as the file that `diff` and `apply` read. */
export async function exportDirectory(_flags: object, command: Command): Promise<void> {
  const existing = await readExisting(serverOf(command))
  const sections = KINDS.map((kind) => [SECTIONS[kind], exportKind(kind, existing[kind])])
  const directory: unknown = Object.fromEntries(sections)
  if (wantsJson(command)) printJson(directory)
  // Never an anchor or a folded line: the same directory gives the same text, and a change is one line of a diff.
  else printText(HEADING + stringify(directory, { aliasDuplicateObjects: false, lineWidth: 0 }))
}

/** Sorted by name; of each record the fields that the API takes, in their order. */
function exportKind(kind: Kind, records: ReadonlyMap<string, ExistingRecord>): Record<string, Fields> {
  const sorted = [...records].sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(sorted.map(([id, fields]) => [id, exportRecord(kind, fields)]))
}

function exportRecord(kind: Kind, fields: Fields): Fields {
  return Object.fromEntries(
    FIELDS[kind].filter((name) => fields[name] !== undefined).map((name) => [name, sortNames(fields[name])]),
  )
}

function sortNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).map(
    ([name, member]: [string, unknown]) => [name, sortNames(member)] as const,
  )
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}
