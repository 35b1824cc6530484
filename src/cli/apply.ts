import type { Command } from 'commander'
import type { ApplyFlags } from './apply-file.ts'
import { waitAllFlag } from './writing.ts'

/** `wati-gateway apply -f FILE` */
export function addApply(program: Command): void {
  program
    .command('apply')
    .description('make accounts and channels as a file says')
    .requiredOption('-f, --file <path>', 'file with accounts and channels; - is the standard input')
    .option('--prune', 'also remove what the file lacks; asks first')
    .option('--yes', 'do not ask')
    .addOption(waitAllFlag())
    .addHelpText('after', HELP)
    .action(async (flags: ApplyFlags, command: Command) => {
      // The API's schemas take longer to load than most commands to run.
      const { applyFile } = await import('./apply-file.ts')
      await applyFile(flags, command)
    })
}

const HELP = `
Tokens do not belong in the file: an account without "tokenFrom" keeps the token it has. A section that is not in the
file ("accounts", "channels") is left alone, also with --prune. It stops at the first refusal, says what was done, and
may be run again. When the store has lost the directory, the gateway's last good picture is written back first.`
