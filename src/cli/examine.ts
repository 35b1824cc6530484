import type { Command } from 'commander'
import { WrongSettings, readSettings } from '../config.ts'
import type { Finding } from '../finding.ts'
import type { Settings } from '../settings-schema.ts'
import { checkKeys } from './doctor-keys.ts'
import { checkStore } from './doctor-store.ts'
import { checkWati } from './doctor-wati.ts'
import { CommandFailure, EXIT } from './failure.ts'
import { print, printJson } from './output.ts'
import { wantsJson } from './server.ts'

/** Looks at everything, and prints what was found. */
export async function examine(_flags: object, command: Command): Promise<void> {
  const settings = readSettingsOrFail(command)
  const checks = await Promise.all([checkStore(settings), checkKeys(settings), checkWati(settings, command)])
  const findings: Finding[] = [{ level: 'ok', what: 'the settings are right' }, ...checks.flat()]
  const ok = findings.every(({ level }) => level !== 'fail')
  if (wantsJson(command)) printJson({ ok, findings })
  else print(...findings.map(describe))
  if (!ok) process.exitCode = EXIT.failed
}

function readSettingsOrFail(command: Command): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error
    const findings = error.mistakes.map((what): Finding => ({ level: 'fail', what }))
    if (wantsJson(command)) printJson({ ok: false, findings })
    throw new CommandFailure(EXIT.wrongSettings, error.message)
  }
}

function describe({ level, what, advice }: Finding): string {
  return `${level.padEnd(4)}  ${what}${advice === undefined ? '' : `  — ${advice}`}`
}
