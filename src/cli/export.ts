import type { Command } from 'commander'

/** `wati-gateway export` */
export function addExport(program: Command): void {
  program
    .command('export')
    .description('write accounts and channels as the file that diff and apply read; no secrets')
    .addHelpText('after', '\nExample:\n  wati-gateway export > channels.yaml')
    .action(async (flags: object, command: Command) => {
      // The API's schemas take longer to load than most commands to run.
      const { exportDirectory } = await import('./export-directory.ts')
      await exportDirectory(flags, command)
    })
}
