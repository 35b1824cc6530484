import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { ask } from './api.ts'
import { type Outcome, carryOut } from './carry-out.ts'
import { type Difference, differences } from './differences.ts'
import { type DirectoryFile, readDirectoryFile } from './directory-file.ts'
import { readExisting } from './existing.ts'
import { failed, wrongUsage } from './failure.ts'
import { obstaclesOf } from './obstacles.ts'
import { print, printJson, remark } from './output.ts'
import { type Server, serverOf, wantsJson } from './server.ts'

export interface ApplyFlags {
  readonly file: string
  readonly prune?: true
  readonly yes?: true
  readonly waitAll?: true
}

/** Makes accounts and channels as a file says; stops at the first refusal, and reports what was done until then. */
export async function applyFile(flags: ApplyFlags, command: Command): Promise<void> {
  if (flags.prune && !flags.yes && !(process.stdin.isTTY && process.stderr.isTTY)) {
    throw wrongUsage('There is nobody to ask before --prune removes something: add --yes.')
  }
  const server = serverOf(command)
  const file = await readDirectoryFile(flags.file)
  const reseeded = await reseedWhenLost(server)
  if (reseeded !== undefined && !wantsJson(command)) print(reseedLine(reseeded))
  const existing = await readExisting(server)
  const found = differences(file, existing).filter(({ change }) => flags.prune || change !== 'delete')
  const [obstacle] = obstaclesOf(file, found, existing)
  if (obstacle !== undefined) throw failed(`Nothing was changed. ${obstacle}`)
  if (!flags.yes) await askBefore(found.filter(({ change }) => change === 'delete'))
  const outcome = await carryOut(server, found, {
    file,
    waitAll: flags.waitAll ?? false,
    onDone: wantsJson(command) ? () => undefined : print,
  })
  report(command, outcome, { unchanged: countUnchanged(file, found), reseeded })
  if (outcome.failure !== undefined) throw outcome.failure
}

/** Gives how many records the gateway wrote back into a store that had lost them. */
async function reseedWhenLost(server: Server): Promise<number | undefined> {
  const { body } = await ask<{ state: string }>(server, 'GET', '/v1/directory')
  if (body.state !== 'lost') return undefined
  return (await ask<{ records: number }>(server, 'POST', '/v1/directory/reseed')).body.records
}

function reseedLine(records: number): string {
  return (
    `The store has lost the directory: the gateway's last good picture of ${records} records was written back. ` +
    'Look at what apply says it changed.'
  )
}

/** Asks before records are removed; only "y" and "yes" go on. */
async function askBefore(removals: readonly Difference[]): Promise<void> {
  if (removals.length === 0) return
  remark(...removals.map(({ kind, id }) => `- ${kind} ${id}`))
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const asked = terminal.question(`Remove ${removals.length} record(s), as above? [y/N] `)
  // Ctrl-C rejects, Ctrl-D only closes: both are no.
  const answer = await Promise.race([asked.catch(() => ''), once(terminal, 'close').then(() => '')])
  terminal.close()
  if (!/^y(?:es)?$/i.test(answer.trim())) throw failed('Nothing was changed.')
}

function countUnchanged(file: DirectoryFile, found: readonly Difference[]): number {
  const named = (file.account?.size ?? 0) + (file.channel?.size ?? 0)
  return named - found.filter(({ change }) => change !== 'delete').length
}

interface Beside {
  readonly unchanged: number
  readonly reseeded: number | undefined
}

function report(command: Command, outcome: Outcome, { unchanged, reseeded }: Beside): void {
  const { done, notDone, warnings, applied, failure } = outcome
  remark(...warnings.map((warning) => `warning: ${warning}`))
  const count = (change: Difference['change']): number => done.filter((one) => one.change === change).length
  const summary = { created: count('create'), updated: count('update'), deleted: count('delete'), unchanged }
  if (wantsJson(command)) {
    const error = failure?.message
    printJson({ summary, done, notDone, reseeded, applied, error })
    return
  }
  const { created, updated, deleted } = summary
  print(`${created} created, ${updated} changed, ${deleted} removed, ${unchanged} already as in the file.`)
  if (applied !== undefined) print(`applied: ${applied}`)
  if (notDone.length > 0) print(`${notDone.length} not done: ${nameSome(notDone)}.`)
}

const NAMED = 10

function nameSome(some: readonly Difference[]): string {
  const names = some.slice(0, NAMED).map(({ kind, id }) => `${kind} ${id}`)
  return [...names, ...(some.length > NAMED ? ['…'] : [])].join(', ')
}
