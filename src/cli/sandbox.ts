import type { Command } from 'commander'
import { PLANS } from '../domain/plan.ts'
import { SANDBOX_DEFAULTS, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts'
import { stopSignal } from './stop-signal.ts'

export interface SandboxFlags {
  readonly host: string
  readonly port: number
  readonly tenant?: string
  readonly numbers?: string
  readonly plan?: string
}

/** `wati-gateway sandbox`: runs a stand-in Wati until it is stopped. */
export async function runSandbox(flags: SandboxFlags, command: Command): Promise<void> {
  const plan = [...PLANS, 'unlimited' as const].find((one) => one === (flags.plan ?? SANDBOX_DEFAULTS.plan))
  if (plan === undefined) return command.error('error: --plan must be growth, pro, business or unlimited')
  const account = {
    tenantId: flags.tenant ?? SANDBOX_DEFAULTS.tenantId,
    token: process.env['SANDBOX_TOKEN'] ?? SANDBOX_DEFAULTS.token,
    numbers: flags.numbers?.split(',').map((number) => number.trim()) ?? SANDBOX_DEFAULTS.numbers,
    plan,
  } satisfies SandboxOptions
  const sandbox = await startSandbox({ host: flags.host, port: flags.port, ...account })
  process.stdout.write(
    [
      `A stand-in Wati listens at ${sandbox.url}. Ctrl-C ends it.`,
      `  tenant   ${account.tenantId}`,
      `  numbers  ${account.numbers.join(', ')} (the first is the default)`,
      `  token    ${process.env['SANDBOX_TOKEN'] === undefined ? account.token : 'as in SANDBOX_TOKEN'}`,
      `  what it got is at ${sandbox.url}/_sandbox/messages, what else it can do at ${sandbox.url}/_sandbox`,
      '',
    ].join('\n'),
  )
  await stopSignal()
  await sandbox.close()
}
