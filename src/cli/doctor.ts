import type { Command } from 'commander'

/** `wati-gateway doctor` */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check settings, store, keys, clock and the way to Wati, and say what to do')
    .addHelpText('after', HELP)
    .action(async (flags: object, command: Command) => {
      // It needs half of the gateway, which the other commands need not load.
      const { examine } = await import('./examine.ts')
      await examine(flags, command)
    })
}

const HELP = `
Run it where the gateway runs, with the same environment. It changes nothing. Each line is ok, warn or fail.
Exit code 1 when one fails, 78 when the settings are wrong. When WATI_HOSTS names no single host, it asks the control
plane for the hosts of the accounts, if WATI_GATEWAY_TOKEN is set.`
