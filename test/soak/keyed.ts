import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrival } from '../faults/counting-wati.ts'
import { type Heard, isFinal, liesOf, sendWithKey } from '../faults/keyed-sends.ts'
import { judge, lineOf } from './judge.ts'
import type { Life } from './replica.ts'
import type { Scene } from './scene.ts'

/** Some callers hang up soon; the others wait longer than the gateway may. */
const PATIENCE_MS = 15_000
const NEVER_KNOWN_MS = 60_000

/** The tries of each key, for the count of doubles at the end. */
export type Keys = Map<string, readonly Heard[]>

/** Repeats with one key until its outcome is known, and now and then once more; each answer is judged. */
export async function sendUntilKnown(scene: Scene, keys: Keys, random: () => number): Promise<void> {
  const key = `key-${keys.size}`
  const heard: Heard[] = []
  keys.set(key, heard)
  const startedAt = performance.now()
  while (!heard.some(isFinal) || random() < 0.3) {
    const life = scene.pick()
    if (life !== undefined) heard.push(await tryOnce(scene, life, key, random))
    if (performance.now() - startedAt > NEVER_KNOWN_MS) {
      scene.ledger.accuse('failure', `${key} never known: ${JSON.stringify(heard.at(-1))}`, startedAt)
      break
    }
    await sleep(random() * 300)
  }
  // How often it came is counted at the end.
  const lies = liesOf(heard, arrivalsOf(scene, heard)).filter((lie) => !lie.startsWith('it reached Wati'))
  for (const lie of lies)
    scene.ledger.accuse('untrue', `${key}: ${lie}, of ${heard.map(lineOf).join(', then ')}`)
}

async function tryOnce(scene: Scene, life: Life, key: string, random: () => number): Promise<Heard> {
  const from = performance.now()
  const hangsUp = random() < 0.1
  const signal = AbortSignal.timeout(hangsUp ? Math.floor(random() * 300) : PATIENCE_MS)
  const heard = await sendWithKey(life.gateway, key, { signal })
  const line = lineOf(heard)
  scene.ledger.count(
    'keyed',
    `${hangsUp && heard.status === 0 ? 'hung up' : line}${heard.isReplayed ? ' replayed' : ''}`,
  )
  if (isRight(scene, life, heard, from) || (hangsUp && heard.status === 0)) return heard
  const tookMs = Math.round(performance.now() - from)
  scene.ledger.accuse(
    'failure',
    `${key} heard ${line}: ${heard.text.slice(0, 300)} – at ${life.name} after ${tookMs} ms (${scene.troubles.now})`,
    from,
  )
  return heard
}

/** A replay repeats what was judged before; a key may be under way elsewhere; and without Redis there are no keys. */
function isRight({ wati, troubles }: Scene, life: Life, heard: Heard, from: number): boolean {
  const { isReplayed, tryId } = heard
  const line = lineOf(heard)
  const was = { troubles: troubles.during(from, performance.now()), killed: life.wasKilled }
  if (isReplayed || /^409 idempotency-in-flight( not_sent)?$/.test(line)) return true
  if (line === '503 store-unavailable not_sent' && was.troubles.has('redis')) return true
  // What is untrue is found out from all tries together.
  return judge({ ...heard, sort: 'write', complete: true }, wati.visitsOf(tryId), was) !== 'failure'
}

export function arrivalsOf({ wati }: Scene, heard: readonly Heard[]): Arrival[] {
  return heard.flatMap(({ tryId }) => wati.visitsOf(tryId))
}
