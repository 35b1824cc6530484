import { availableParallelism } from 'node:os'
import { sentTo } from './contestants.ts'
import { type Replica, startReplicas } from './gateways.ts'
import { type LoadTool, type Measured, sendAllItTakes } from './load.ts'
import type { Core } from './program.ts'
import { type Result, figure } from './result.ts'
import type { Scene } from './scene.ts'

/** Where two replicas run, and where what loads them and answers them does. */
interface Place {
  readonly server: Core
  readonly load: Core
}

const ENOUGH_CORES = 4
const HAS_ENOUGH = availableParallelism() >= ENOUGH_CORES

/**
 * With four cores each replica has one, and its load and upstream another. With fewer, each shares its core with a
 * load and an upstream of its own, in both measurements: so one replica is slower than in the other rows, and the
 * ratio says the same, whether two get in each other's way.
 */
const PLACES: readonly [Place, Place] = HAS_ENOUGH
  ? [
      { server: 2, load: 0 },
      { server: 3, load: 1 },
    ]
  : [
      { server: 1, load: 1 },
      { server: 0, load: 0 },
    ]

interface ReplicaOptions {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly tool: LoadTool
  readonly say: (line: string) => void
}

/** Two replicas before one Redis, at once, against one of them alone. */
export async function compareReplicas(scene: Scene, options: ReplicaOptions): Promise<Result> {
  const { rounds, seconds, warmUpSeconds, tool, say } = options
  const replicas = await startReplicas(scene, PLACES)
  const load = async (count: number, lasting: number): Promise<number> => {
    const loaded = await Promise.all(
      replicas.slice(0, count).map((replica, index) => send(replica, PLACES[index]?.load, lasting, tool)),
    )
    return loaded.reduce((sum, { perSecond }) => sum + perSecond, 0)
  }
  await load(2, warmUpSeconds)
  const [one, two]: [number[], number[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    for (const count of round % 2 === 0 ? [1, 2] : [2, 1]) {
      const perSecond = await load(count, seconds)
      ;(count === 1 ? one : two).push(perSecond)
      say(
        `round ${round + 1}  ${count} of the replicas${' '.repeat(6)} ${perSecond.toFixed(0).padStart(7)}/s`,
      )
    }
  }
  return {
    title: 'two replicas on two cores against one',
    ...{ ours: figure(two, '/s'), theirs: figure(one, '/s'), goal: { atLeast: 1.8 } },
    ratios: two.map((both, index) => both / (one[index] ?? NaN)),
    ...(!HAS_ENOUGH && {
      note: 'too few cores: each replica shares its core with its own load and upstream',
    }),
  }
}

async function send(replica: Replica, core: Core, seconds: number, tool: LoadTool): Promise<Measured> {
  const { load, prepare } = sentTo(replica, { firstAlias: replica.alias })
  prepare?.()
  return await sendAllItTakes(load, seconds, { tool, core, folder: replica.folder })
}
