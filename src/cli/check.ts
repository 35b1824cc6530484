import type { Command } from 'commander'
import { ask } from './api.ts'
import { EXIT } from './failure.ts'
import { print, printJson } from './output.ts'
import { pathOf } from './record-kind.ts'
import { serverOf, wantsJson } from './server.ts'
import { table } from './table.ts'

interface Checked {
  readonly ok: boolean
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[]
}

/** `wati-gateway check ALIAS` */
export function addCheck(program: Command): void {
  program
    .command('check')
    .argument('<alias>', 'name of the channel')
    .description("ask Wati whether a channel's token and number work; exit code 1 when they do not")
    .action(check)
}

async function check(alias: string, _flags: object, command: Command): Promise<void> {
  const { body } = await ask<Checked>(serverOf(command), 'POST', `${pathOf('channel', alias)}/check`)
  if (wantsJson(command)) printJson(body)
  else {
    const rows = table(body.checks, [
      ['check', ({ name }) => name],
      ['result', ({ ok }) => (ok ? 'ok' : 'fail')],
      ['detail', ({ detail }) => detail],
    ])
    print(...rows)
  }
  if (!body.ok) process.exitCode = EXIT.failed
}
