import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Changes one character in the seal of each change of a target, in the folder of an embedded store that is closed. */
export async function damage(folder: string, target: string): Promise<void> {
  const path = join(folder, 'directory.jsonl')
  const lines = (await readFile(path, 'utf8')).split('\n')
  const damaged = lines.map((line) => (line.includes(`"target":"${target}"`) ? damageLine(line) : line))
  if (damaged.join('\n') === lines.join('\n')) throw new Error(`there is no ${target} in ${path}`)
  await writeFile(path, damaged.join('\n'))
}

function damageLine(line: string): string {
  const change = JSON.parse(line) as { sealed: string }
  const at = change.sealed.indexOf('.') + 30
  const other = change.sealed[at] === 'A' ? 'B' : 'A'
  return JSON.stringify({
    ...change,
    sealed: change.sealed.slice(0, at) + other + change.sealed.slice(at + 1),
  })
}
