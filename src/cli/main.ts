#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander'
import { generateKey } from '../directory/seal.ts'
import { demo } from './demo.ts'
import { runSandbox } from './sandbox.ts'

/** sysexits.h, EX_USAGE */
const EXIT_WRONG_USAGE = 64

const program = new Command('wati-gateway')
  .description('One stable URL for each WhatsApp business line, in front of the Wati API.')
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_WRONG_USAGE))

program
  .command('serve')
  .description('start the gateway; its settings come from the environment')
  .action(async () => {
    await import('../main.ts')
  })

program
  .command('sandbox')
  .description('start a stand-in Wati, for trying things out and for automated tests')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .option('--port <number>', 'port to listen on, 0 for any free one', readPort, 9100)
  .option('--tenant <digits>', "the account's tenant id")
  .option('--numbers <list>', "the account's numbers, separated by commas; the first is its default")
  .option('--plan <plan>', 'growth, pro, business or unlimited: how many calls are allowed')
  .addHelpText('after', '\nThe bearer token it wants stands in SANDBOX_TOKEN; without it, in what it prints.')
  .action(runSandbox)

program
  .command('demo')
  .description('sandbox, gateway and two channels in one process, with curl lines to try')
  .option('--port <number>', 'port of the data plane', readPort, 8080)
  .option('--admin-port <number>', 'port of the control plane', readPort, 8081)
  .option('--sandbox-port <number>', 'port of the stand-in Wati', readPort, 9100)
  .action(demo)

program
  .command('keys')
  .description('encryption keys')
  .command('generate')
  .description('print a new key for ENCRYPTION_KEYS')
  .option('--id <name>', 'name of the key; the day by default')
  .action(({ id }: { id?: string }) => {
    process.stdout.write(`${generateKey(id ?? `k${new Date().toISOString().slice(0, 10)}`)}\n`)
  })

await program.parseAsync()

function readPort(text: string): number {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be from 0 to 65535.')
  return port
}
