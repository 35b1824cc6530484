import { setTimeout as sleep } from 'node:timers/promises'
import { compareReplicas, countDoubles, findLeftUploads } from './closing.ts'
import { breakThings } from './break-things.ts'
import { type Load, startLoad } from './load.ts'
import type { Life } from './replica.ts'
import type { Result } from './report.ts'
import type { Scene } from './scene.ts'
import { Watch } from './watch.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly perSecond: number
  readonly seed: number
  /** Gets a line now and then. */
  readonly say: (line: string) => void
  /** Ends it before its time. */
  readonly stopped: AbortSignal
}

const LINE_MS = 30_000
/** How much of the time memory may take to find its usual size. */
const WARM_UP = 0.25
/** Before it only the start has to be over; after it a connection to Wati is kept for a while. */
const [QUIET_BEFORE_MS, QUIET_AFTER_MS] = [1_500, 6_000]

/** Load and faults for so long, with a look at the quiet before and after. */
export async function soak(scene: Scene, options: SoakOptions): Promise<Result> {
  const { a, b, ledger, log, machine, troubles } = scene
  const { seconds, perSecond, seed, say } = options
  await sleep(QUIET_BEFORE_MS)
  const watch = new Watch([a, b], seconds < 60 ? 250 : 2_000, log)
  const before = descriptorsNow(watch, scene)
  const startedAt = performance.now()
  const load = startLoad(scene, perSecond, seed)
  const lines = setInterval(() => say(lineOf(scene, watch, load, startedAt)), LINE_MS)
  const faults = await breakThings(scene, startedAt + seconds * 1_000, options)
  clearInterval(lines)
  troubles.now = 'the end'
  const endedAt = performance.now()
  await load.stop()
  for (const { life } of [a, b]) life.agent.destroy()
  await sleep(QUIET_AFTER_MS)
  watch.sample()
  watch.stop()
  const after = descriptorsNow(watch, scene)
  countDoubles(scene, load)
  findLeftUploads(scene)
  await compareReplicas(scene)
  const warmAt = startedAt + WARM_UP * (endedAt - startedAt)
  const watched = [...namesOf(scene, watch)].map(([life, name]) => ({
    name,
    samples: watch.of(life).filter(({ at }) => at >= warmAt && at <= endedAt),
    quiet: { before: before.get(life), after: after.get(life) },
  }))
  const excusedMs = machine.excusedMsSince(startedAt)
  const lasted = Math.round((endedAt - startedAt) / 1_000)
  return {
    seconds: lasted,
    seed,
    perSecond,
    ledger,
    faults,
    watched,
    starvedMs: machine.starvedMs,
    excusedMs,
  }
}

/** Of the replica that is restarted, the process that lived longest tells most. */
function namesOf({ a, b }: Scene, watch: Watch): Map<Life, string> {
  const [longest = b.life] = b.lives.toSorted((one, other) => watch.of(other).length - watch.of(one).length)
  return new Map([
    [a.life, 'a (one process for the whole run)'],
    [longest, `${longest.name} (the longest of ${b.lives.length} lives of the replica that is restarted)`],
  ])
}

function descriptorsNow(watch: Watch, { a, b }: Scene): Map<Life, number> {
  return new Map([a.life, b.life].map((life) => [life, watch.of(life).at(-1)?.descriptors ?? 0]))
}

function lineOf({ a, b, ledger, troubles }: Scene, watch: Watch, load: Load, startedAt: number): string {
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  const { failure, excused, double, untrue } = ledger.counts
  const vitals = ({ life }: { readonly life: Life }): string => {
    const last = watch.of(life).at(-1)
    return `${life.name} ${last?.rssMib.toFixed(0) ?? '–'} MiB ${last?.descriptors ?? '–'} descriptors`
  }
  return [
    `${String(seconds).padStart(5)} s  ${ledger.requests} requests, ${load.underWay()} under way`,
    ...[vitals(a), vitals(b)],
    `${failure} failures, ${excused} excused, ${double} doubles, ${untrue} untrue`,
    troubles.now || 'calm',
  ].join('; ')
}
