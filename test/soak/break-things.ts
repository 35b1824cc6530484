import { setTimeout as sleep } from 'node:timers/promises'
import { makeRandom } from '../faults/random.ts'
import { readyz, until as untilSo } from '../faults/replicas.ts'
import { FAULTS, type Fault } from './faults.ts'
import type { Scene } from './scene.ts'

const [SHORTEST_FAULT_MS, LONGEST_FAULT_MS] = [500, 5_000]
const [SHORTEST_CALM_MS, LONGEST_CALM_MS] = [1_500, 6_000]
/** After a fault all is well again within this time. */
const WELL_WITHIN_MS = 15_000

/**
 * One fault after the other, with calm in between; the last begins before `until` (of `performance.now()`).
 * Gives how often each came.
 */
export async function breakThings(
  scene: Scene,
  until: number,
  { seed, stopped }: { readonly seed: number; readonly stopped: AbortSignal },
): Promise<Map<string, number>> {
  const random = makeRandom(seed + 3)
  const faults = new Map<string, number>()
  const rest = async (ms: number): Promise<void> => {
    const atMost = Math.max(0, Math.min(ms, until - performance.now()))
    await sleep(atMost, undefined, { signal: stopped }).catch(() => undefined)
  }
  const spread = (shortest: number, longest: number): number => shortest + random() * (longest - shortest)
  for (const fault of shuffled(random)) {
    await rest(spread(SHORTEST_CALM_MS, LONGEST_CALM_MS))
    if (stopped.aborted || performance.now() >= until) break
    await breakOnce(scene, fault, spread(SHORTEST_FAULT_MS, LONGEST_FAULT_MS), random)
    faults.set(fault.name, (faults.get(fault.name) ?? 0) + 1)
  }
  return faults
}

/** Lets one fault happen and waits until both replicas say that all is well. */
async function breakOnce(scene: Scene, fault: Fault, lastsMs: number, random: () => number): Promise<void> {
  const { a, b, troubles, ledger, log } = scene
  troubles.now = fault.name
  log(`begins: ${fault.name}`)
  const from = performance.now()
  const over = fault.trouble && troubles.begin(fault.trouble)
  await fault.happen(scene, lastsMs, random).catch((error: unknown) => {
    ledger.accuse('failure', `nothing came after: ${fault.name} (${String(error)})`, from)
  })
  for (const { life } of [a, b]) {
    const look = (): Promise<string> => readyz(life.gateway).catch(String)
    await untilSo((body) => /^200 .*"ready"/.test(body), look, WELL_WITHIN_MS).catch((error: unknown) => {
      ledger.accuse('failure', `${life.name} was not well after: ${fault.name} (${String(error)})`, from)
    })
  }
  over?.()
  log(`is over: ${fault.name}`)
  troubles.now = `after: ${fault.name}`
}

/** All faults in random order, and again in another one: none comes twice before each has come. */
function* shuffled(random: () => number): Generator<Fault, never> {
  for (;;) {
    const deck = [...FAULTS]
    while (deck.length > 0) yield deck.splice(Math.floor(random() * deck.length), 1)[0]!
  }
}
