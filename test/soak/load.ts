import { makeRandom } from '../faults/random.ts'
import { type Caller, SPECIAL, callerOf } from './callers.ts'
import { type Keys, sendUntilKnown } from './keyed.ts'
import { KINDS } from './requests.ts'
import type { Scene } from './scene.ts'

const TICK_MS = 20
/** What a busy machine has missed is not made up for: many at once would be another test. */
const MOST_AT_ONCE = 10
/** So many wait for their answers at a time, at most: then it is no longer this soak. */
const MOST_UNDER_WAY = 600
const KEYED_SHARE = 70

export interface Load {
  readonly keys: Keys
  underWay(): number
  /** Ends it, and waits for those under way. */
  stop(): Promise<void>
}

/** Sends about so many requests a second, of all kinds, until it is stopped. */
export function startLoad(scene: Scene, perSecond: number, seed: number): Load {
  const random = makeRandom(seed)
  const keys: Keys = new Map()
  const choose = makeChoice(keys, random)
  const pending = new Set<Promise<void>>()
  let last = performance.now()
  const tick = setInterval(() => {
    const now = performance.now()
    const due = Math.min(MOST_AT_ONCE, Math.floor(((now - last) / 1_000) * perSecond))
    if (due === 0) return
    last = now
    for (let count = 0; count < due && pending.size < MOST_UNDER_WAY; count++) {
      const life = scene.pick()
      if (life === undefined) {
        scene.ledger.accuse('failure', `nobody was ready (${scene.troubles.now})`)
        continue
      }
      const call = choose()(scene, life, random)
        .catch((error: unknown) =>
          scene.ledger.accuse('failure', `the caller itself failed: ${String(error)}`),
        )
        .finally(() => pending.delete(call))
      pending.add(call)
    }
  }, TICK_MS)
  return {
    keys,
    underWay: () => pending.size,
    async stop() {
      clearInterval(tick)
      await Promise.all(pending)
    },
  }
}

function makeChoice(keys: Keys, random: () => number): () => Caller {
  const shares: (readonly [Caller, number])[] = [
    ...Object.entries(KINDS).map(([name, kind]) => [callerOf(name, kind), kind.share] as const),
    [(scene) => sendUntilKnown(scene, keys, random), KEYED_SHARE],
    ...SPECIAL,
  ]
  const all = shares.reduce((sum, [, share]) => sum + share, 0)
  return () => {
    let left = random() * all
    const [caller] = shares.find(([, share]) => (left -= share) < 0) ?? shares[0]!
    return caller
  }
}
