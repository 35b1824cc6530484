import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Answer, type Asked, ask } from './api.ts'
import { print, printJson, remark } from './output.ts'
import { serverOf, wantsJson } from './server.ts'

/** What every command that writes takes. */
export interface WriteFlags {
  readonly waitAll?: true
  readonly ifRevision?: number
}

/** `--wait-all`, of every command that changes something. */
export function waitAllFlag(): Option {
  return new Option('--wait-all', 'answer when all replicas have applied the change, or say how many have')
}

/** `--if-revision`, of the commands that change one record. */
export function ifRevisionFlag(): Option {
  return new Option('--if-revision <number>', 'only if the record is still at this revision').argParser(
    readWhole,
  )
}

/** A whole number; anything else is wrong usage. */
export function readWhole(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

/** Sends a change as the flags of its command say. */
export async function write<T>(
  command: Command,
  method: string,
  path: string,
  { query, ...asked }: Asked = {},
): Promise<Answer<T>> {
  const { waitAll, ifRevision } = command.opts<WriteFlags>()
  const wait = waitAll && { wait: 'all' }
  return await ask<T>(serverOf(command), method, path, { ...asked, ifRevision, query: { ...query, ...wait } })
}

/** Prints what a change did: a sentence, or the answer as JSON with `applied` beside its fields. */
export function reportWrite(command: Command, answer: Answer<object | undefined>, sentence: string): void {
  const { body = { done: sentence }, applied } = answer
  if (wantsJson(command)) printJson({ ...body, ...(applied !== undefined && { applied }) })
  else print(sentence, ...(applied === undefined ? [] : [`applied: ${applied}`]))
  const { warnings } = body as { warnings?: readonly string[] }
  remark(...(warnings ?? []).map((warning) => `warning: ${warning}`))
}

/** For flags that may stand several times. */
export function collect<T>(read: (text: string) => T): (text: string, sofar: T[] | undefined) => T[] {
  return (text, sofar = []) => [...sofar, read(text)]
}
