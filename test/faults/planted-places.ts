import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Haystack, findAll } from './planted.ts'
import { PLANTED, type Scene } from './planted-scene.ts'

/** Every file in a folder; none when there is no such folder. */
export function filesIn(folder: string): Haystack[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ where: path, bytes: readFileSync(path) }))
}

/** Searches answers, logs and what else there is for every secret that was planted. */
export function lookEverywhere(t: Test, scene: Scene, more: readonly Haystack[]): void {
  const { admin, data, programs, issued } = scene
  const logs = programs.map(({ lines, process: { spawnargs } }) => ({
    where: `what ${spawnargs.slice(1, 4).join(' ')} printed`,
    bytes: Buffer.from(lines.join('\n')),
  }))
  const haystacks = [...admin.answers, ...data.answers, ...logs, ...more]
  const bytes = haystacks.reduce((sum, haystack) => sum + haystack.bytes.length, 0)
  t.comment(`${haystacks.length} places, ${Math.round(bytes / 1024)} KiB`)
  t.same(findAll([...PLANTED, ...issued], haystacks), [], 'no secret is anywhere')
  const log = logs[0]?.bytes.toString() ?? ''
  t.match(log, /"alarm":"token-expires"/, 'the log had something to tell')
}
