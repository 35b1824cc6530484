import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { mistakesOfFile } from './directory-mistakes.ts'
import { wrongUsage } from './failure.ts'
import { type Kind, SECTIONS } from './record-kind.ts'
import { WrongYaml, type YamlDocument, parseYaml } from './yaml-document.ts'

/** The fields of a record, as the API names them. */
export type Fields = Readonly<Record<string, unknown>>

/** What a file says: the records of each kind by name. A kind that the file does not mention is left alone. */
export type DirectoryFile = Readonly<Partial<Record<Kind, ReadonlyMap<string, Fields>>>>

const MISTAKES_SHOWN = 10

/**
 * Reads the file of `diff` and `apply`; `-` is the standard input. Throws a failure with exit code 64 that
 * names line and column of each mistake, and shows no value: it may be a token.
 */
export async function readDirectoryFile(path: string): Promise<DirectoryFile> {
  const name = path === '-' ? 'standard input' : path
  const { value, positionOf } = parse(name, await readSource(path, name))
  const mistakes = mistakesOfFile(value)
  if (mistakes.length > 0) {
    throw refusal(
      name,
      mistakes.map((one) => `${positionOf(one.path)}: ${one.sentence}`),
    )
  }
  return toDirectory(value as Record<string, Record<string, Fields>>)
}

function parse(name: string, source: string): YamlDocument {
  try {
    return parseYaml(source)
  } catch (error) {
    if (error instanceof WrongYaml) throw refusal(name, [error.message])
    throw error
  }
}

async function readSource(path: string, name: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : await readFile(path, 'utf8')
  } catch (error) {
    throw wrongUsage(`${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`)
  }
}

function toDirectory(value: Record<string, Record<string, Fields>>): DirectoryFile {
  const given = Object.entries(SECTIONS).filter(([, section]) => value[section] !== undefined)
  return Object.fromEntries(
    given.map(([kind, section]) => [kind, new Map(Object.entries(value[section] ?? {}))]),
  )
}

function refusal(name: string, mistakes: readonly string[]): Error {
  const shown = mistakes.slice(0, MISTAKES_SHOWN).map((mistake) => `${name}:${mistake}.`)
  const left = mistakes.length - shown.length
  return wrongUsage([...shown, ...(left > 0 ? [`… and ${left} more.`] : [])].join('\n'))
}
