import { setTimeout as sleep } from 'node:timers/promises'
import type { Deed } from '../faults/counting-wati.ts'
import { makeRandom } from '../faults/random.ts'
import { leaveUpload, takeNothing } from './callers.ts'
import type { Scene } from './scene.ts'
import type { Trouble } from './troubles.ts'

type Random = () => number

/** Something that breaks, and comes back. */
export interface Fault {
  readonly name: string
  /** What may be felt of it: nothing, where all is to go on as if it were not there. */
  readonly trouble?: Trouble
  /** `lastsMs`: how long the thing is to stay broken. */
  readonly happen: (scene: Scene, lastsMs: number, random: Random) => Promise<void>
}

const between = (name: string, trouble: Trouble, begin: Act, end: Act): Fault => ({
  ...{ name, trouble },
  async happen(scene, lastsMs) {
    await begin(scene)
    await sleep(lastsMs)
    await end(scene)
  },
})
type Act = (scene: Scene) => unknown

const REDIS: readonly Fault[] = [
  between(
    'Redis killed and started again',
    'redis',
    ({ redis }) => redis.kill(),
    ({ redis }) => redis.restart(),
  ),
  between(
    'Redis frozen',
    'redis',
    ({ redis }) => redis.freeze(),
    ({ redis }) => redis.thaw(),
  ),
  between(
    'Redis slow',
    'redis',
    ({ redisNetwork }) => redisNetwork.delay(1_200),
    ({ redisNetwork }) => redisNetwork.heal(),
  ),
  between(
    'Redis slow, within its time',
    'redis',
    ({ redisNetwork }) => redisNetwork.delay(80),
    ({ redisNetwork }) => redisNetwork.heal(),
  ),
  between(
    'connections to Redis reset',
    'redis',
    ({ redisNetwork }) => redisNetwork.cut(),
    ({ redisNetwork }) => redisNetwork.heal(),
  ),
  between(
    'Redis out of reach',
    'redis',
    ({ redisNetwork }) => redisNetwork.blackHole(),
    ({ redisNetwork }) => redisNetwork.heal(),
  ),
]

/** Wati does this with some or all of the requests. */
const deeds = (name: string, bad: readonly Deed[]): Fault => ({
  ...{ name, trouble: 'wati' },
  async happen({ wati }, lastsMs, random) {
    const share = 0.2 + 0.8 * random()
    // Of its own: how many requests come must not decide what breaks next.
    const dice = makeRandom(random() * 2 ** 31)
    wati.behave(() => (dice() < share ? bad[Math.floor(dice() * bad.length)]! : 'answer'))
    await sleep(lastsMs)
    wati.behave(() => 'answer')
  },
})

const WATI: readonly Fault[] = [
  deeds('Wati resets before the answer', ['reset']),
  deeds('Wati resets inside the answer', ['reset-inside']),
  deeds('Wati cuts its answers short', ['cut-short']),
  deeds('Wati is silent', ['silence']),
  deeds('Wati answers 500 and 503', ['fail', 'unavailable']),
  deeds('Wati answers 429', ['too-many']),
  deeds('Wati does everything badly', ['reset', 'reset-inside', 'cut-short', 'silence', 'fail', 'too-many']),
  between(
    'connections to Wati reset',
    'network',
    ({ watiNetwork }) => watiNetwork.cut(),
    ({ watiNetwork }) => watiNetwork.heal(),
  ),
  between(
    'Wati out of reach',
    'network',
    ({ watiNetwork }) => watiNetwork.blackHole(),
    ({ watiNetwork }) => watiNetwork.heal(),
  ),
  between(
    'Wati slow',
    'network',
    ({ watiNetwork }) => watiNetwork.delay(400),
    ({ watiNetwork }) => watiNetwork.heal(),
  ),
]

const REPLICAS: readonly Fault[] = [
  {
    name: 'a replica restarted',
    async happen({ b }) {
      await b.end('SIGTERM')
      await b.begin()
    },
  },
  {
    name: 'a replica killed',
    async happen({ b }, lastsMs) {
      await b.end('SIGKILL')
      await sleep(lastsMs)
      await b.begin()
    },
  },
  {
    name: 'a replica killed, and started while Redis is away',
    trouble: 'redis',
    async happen({ b, redis }, lastsMs) {
      await redis.kill()
      try {
        await b.end('SIGKILL')
        await b.begin()
        await sleep(lastsMs)
      } finally {
        await redis.restart()
      }
    },
  },
]

const CALLERS: Fault = {
  name: 'many callers that take nothing, and leave in mid-upload',
  async happen(scene, lastsMs, random) {
    const life = scene.pick()
    if (life === undefined) return
    const crowd = Array.from({ length: 8 }, () => [takeNothing, leaveUpload, leaveUpload]).flat()
    const dice = makeRandom(random() * 2 ** 31)
    await Promise.all([sleep(lastsMs), ...crowd.map((caller) => caller(scene, life, dice))])
  },
}

export const FAULTS: readonly Fault[] = [...REDIS, ...WATI, ...REPLICAS, CALLERS]
