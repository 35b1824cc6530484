import type { Command } from 'commander'

/** `wati-gateway diff -f FILE` */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('show what apply would change; exit code 2 when there is a difference')
    .requiredOption('-f, --file <path>', 'file with accounts and channels; - is the standard input')
    .addHelpText(
      'after',
      '\nLines begin with + (missing), ~ (other) or - (not in the file; only --prune removes it).',
    )
    .action(async (flags: { file: string }, command: Command) => {
      // The API's schemas take longer to load than most commands to run.
      const { diffFile } = await import('./diff-file.ts')
      await diffFile(flags, command)
    })
}
