import t, { type Test } from 'tap'
import { startCluster } from '../helpers/redis-cluster.ts'
import { startSentinel } from '../helpers/redis-sentinel.ts'
import type { RedisServer } from '../helpers/redis-server.ts'
import { holds, startLoadedPair } from './redis-load.ts'

interface Group {
  readonly settings: Readonly<Record<string, string>>
  master(): Promise<RedisServer>
  failedOver(from: RedisServer): Promise<void>
}

const GROUPS: readonly (readonly [name: string, start: (t: Test) => Promise<Group>])[] = [
  ['Sentinels', (t) => startSentinel(t, { sentinels: 3 })],
  ['a Redis Cluster', startCluster],
]

const FALLS = [
  ['killed', (master: RedisServer) => master.kill()],
  ['frozen', (master: RedisServer) => master.freeze()],
] as const

for (const [i, [name, start]] of GROUPS.entries()) {
  for (const [j, [what, fall]] of FALLS.entries()) {
    // One fall of each kind; all of them with `FAULTS_LARGE=1`.
    if (i !== j && process.env['FAULTS_LARGE'] !== '1') continue
    t.test(`with ${name}, no request for a known alias fails when the master is ${what}`, async (t) => {
      const group = await start(t)
      const pair = await startLoadedPair(t, group.settings)
      const first = await group.master()
      await holds(t, pair, {
        name: `the master is ${what}`,
        state: 'blind',
        begin: () => fall(first),
        end: () => group.failedOver(first),
        // Another master takes over when it has been silent for long enough, and no sooner: then it is over.
        lastsMs: 0,
      })
      await pair.noneFailed(t)
    })
  }
}
