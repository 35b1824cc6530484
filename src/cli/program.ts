import { Command, InvalidArgumentError } from 'commander'
import { addAccounts } from './accounts.ts'
import { addApply } from './apply.ts'
import { addAudit } from './audit.ts'
import { addChannels } from './channels.ts'
import { addCheck } from './check.ts'
import type { DemoFlags } from './demo.ts'
import { addDiff } from './diff.ts'
import { addDoctor } from './doctor.ts'
import { addExplain } from './explain.ts'
import { addExport } from './export.ts'
import { EXIT } from './failure.ts'
import { addKeys } from './keys.ts'
import { addReplicas } from './replicas.ts'
import type { SandboxFlags } from './sandbox.ts'
import { addGlobalFlags } from './server.ts'
import { addTokens } from './tokens.ts'
import { addUsage } from './usage.ts'

const ENVIRONMENT = `
Environment:
  WATI_GATEWAY_URL    address of the control plane; --url goes before it
  WATI_GATEWAY_TOKEN  an admin's token: a JWT with the scope admin:read, and admin:write for changes

Exit codes: 0 done, 1 failed, 2 diff found differences, 64 wrong usage, 78 wrong settings.`

/** The whole command line: every command with its flags, and what it does. */
export function makeProgram(): Command {
  const program = new Command('wati-gateway')
    .description('One stable URL for each WhatsApp business line, in front of the Wati API.')
    .showHelpAfterError('Add --help for what there is.')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: printWithoutValues })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage))
  addGlobalFlags(program).addHelpText('after', ENVIRONMENT)

  addPrograms(program)
  addAccounts(program)
  addChannels(program)
  addTokens(program)
  addAudit(program)
  addUsage(program)
  addReplicas(program)
  addDiff(program)
  addApply(program)
  addExport(program)
  addExplain(program)
  addCheck(program)
  addKeys(program)
  addDoctor(program)
  return program
}

/** The commands that run until they are stopped. What they are made of is loaded only for them. */
function addPrograms(program: Command): void {
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
    .addHelpText(
      'after',
      '\nThe bearer token it wants stands in SANDBOX_TOKEN; without it, in what it prints.',
    )
    .action(async (flags: SandboxFlags, command: Command) => {
      const { runSandbox } = await import('./sandbox.ts')
      await runSandbox(flags, command)
    })
  program
    .command('demo')
    .description('sandbox, gateway and two channels in one process, with curl lines to try')
    .option('--port <number>', 'port of the data plane', readPort, 8080)
    .option('--admin-port <number>', 'port of the control plane', readPort, 8081)
    .option('--sandbox-port <number>', 'port of the stand-in Wati', readPort, 9100)
    .action(async (flags: DemoFlags) => {
      const { demo } = await import('./demo.ts')
      await demo(flags)
    })
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It must be from 0 to 65535.')
  return port
}

/** What stands behind the = of a mistyped flag may be a token. */
function printWithoutValues(text: string, write: (text: string) => void): void {
  write(text.replace(/^(error: unknown option '[^'=]*)=.*'$/m, "$1=…'"))
}
