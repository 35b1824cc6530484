import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { generateKey } from '../directory/seal.ts'
import { ask } from './api.ts'
import { failed, wrongUsage } from './failure.ts'
import { print, printJson } from './output.ts'
import { type Server, serverOf, wantsJson } from './server.ts'
import { table } from './table.ts'

interface Progress {
  readonly first: string
  readonly ring: readonly string[]
  readonly running: boolean
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly error?: string
  readonly done?: number
  readonly total?: number
  readonly sealedWith?: readonly {
    readonly key: string
    readonly records: number
    readonly changes: number
  }[]
  readonly complete?: boolean
}

const LOOK_AGAIN_AFTER_MS = 250

/** `wati-gateway keys …` */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('encryption keys')
  keys
    .command('generate')
    .description('print a new key for ENCRYPTION_KEYS')
    .option('--id <name>', 'name of the key; the day by default')
    .action(printNewKey)
  keys
    .command('show')
    .description('which keys the gateway has, and what is sealed with which')
    .action(showKeys)
  keys
    .command('rotate')
    .description('seal everything anew with the first key of ENCRYPTION_KEYS')
    .option('--wait', 'go on until it is done; exit code 1 when it is not complete')
    .addHelpText('after', ROTATE_HELP)
    .action(rotateKeys)
}

const ROTATE_HELP = `
To change keys: wati-gateway keys generate, put the new key in front of ENCRYPTION_KEYS on every replica, run this,
and remove the old key when "keys show" says that everything is sealed with the new one.`

function printNewKey({ id }: { id?: string }, command: Command): void {
  const name = id ?? `k${new Date().toISOString().slice(0, 10)}`
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw wrongUsage('--id must be of letters, digits, - and _, at most 64 of them.')
  }
  const key = generateKey(name)
  if (wantsJson(command)) printJson({ id: name, key })
  else print(key)
}

async function showKeys(_flags: object, command: Command): Promise<void> {
  report(command, (await ask<Progress>(serverOf(command), 'GET', '/v1/keys')).body)
}

async function rotateKeys({ wait }: { wait?: true }, command: Command): Promise<void> {
  const server = serverOf(command)
  const { body } = await ask<Progress>(server, 'POST', '/v1/keys/rotate')
  if (!wait) {
    report(command, body)
    return
  }
  const last = await untilDone(server, body)
  report(command, last)
  if (last.error !== undefined) throw failed(`The keys were not rotated: ${last.error}`)
  if (last.complete === false) throw failed('Not everything is sealed with the first key yet: run it again.')
}

/** Asks again and again; an answer that only counts what was started says nothing of what is sealed with which key. */
async function untilDone(server: Server, first: Progress): Promise<Progress> {
  let progress = first
  while (progress.running || progress.complete === undefined) {
    await sleep(LOOK_AGAIN_AFTER_MS)
    progress = (await ask<Progress>(server, 'GET', '/v1/keys')).body
    if (!progress.running) return progress
  }
  return progress
}

function report(command: Command, progress: Progress): void {
  if (wantsJson(command)) printJson(progress)
  else print(...describe(progress))
}

function describe({
  first,
  ring,
  running,
  done = 0,
  total,
  error,
  sealedWith,
  complete,
}: Progress): string[] {
  const share = total === undefined ? '' : `: ${done} of ${total}`
  const state = complete
    ? 'Everything is sealed with the first key.'
    : 'Not everything is sealed with the first key.'
  return [
    `keys: ${ring.join(', ')}; the first, ${first}, seals.`,
    ...(running ? [`The rotation is running${share}.`] : []),
    ...(error === undefined ? [] : [`The last rotation ended early: ${error}`]),
    ...(complete === undefined ? [] : [state]),
    ...(sealedWith === undefined
      ? []
      : table(sealedWith, [
          ['sealed with', ({ key }) => key],
          ['records', ({ records }) => records],
          ['changes', ({ changes }) => changes],
        ])),
  ]
}
