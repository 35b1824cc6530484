import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { JWT_SECRET } from '../helpers/running-gateway.ts'
import { type Ran, run } from './command.ts'
import { answerJson, startStandIn } from './stand-in.ts'

/** A folder that is gone after the test. */
export function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'wati-gateway-doctor-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs `doctor` with settings that are good, but for these. */
export async function examine(t: Test, settings: Record<string, string>, ...flags: string[]): Promise<Ran> {
  const { url } = await startStandIn(t, (_, response) => answerJson(response, {}, 404))
  const good = { JWT_SECRET, DATA_DIR: join(folderOf(t), 'data'), WATI_HOSTS: url }
  return await run(['doctor', ...flags], { env: { ...good, ...settings } })
}
