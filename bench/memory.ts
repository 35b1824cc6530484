import { setTimeout as sleep } from 'node:timers/promises'
import { type LoadTool, sendAllItTakes } from './load.ts'
import { median } from './median.ts'
import { LOAD_CORE, residentMiB } from './program.ts'
import type { Result } from './result.ts'
import type { Scene } from './scene.ts'
import { sentTo } from './contestants.ts'
import { oneChannel } from './gateways.ts'

const FIRST_REQUESTS = 100_000
/** The longest stretch of load, so that the log can be emptied in between. */
const SLICE_SECONDS = 10
/** Of the first one, which tells how fast it goes. */
const FIRST_SECONDS = 3
const LOOKS = 10
const BETWEEN_LOOKS_MS = 200

interface MemoryOptions {
  readonly memoryRequests: number
  readonly tool: LoadTool
  readonly say: (line: string) => void
}

/** What a new gateway's process holds after many requests, against after 100,000: is anything kept of each request? */
export async function compareMemory(
  scene: Scene,
  { memoryRequests, tool, say }: MemoryOptions,
): Promise<Result> {
  const { pid, load, prepare } = sentTo(await scene.once('memory', () => oneChannel(scene, 'memory')))
  let [sent, perSecond] = [0, 0]
  const sendUpTo = async (requests: number): Promise<number> => {
    while (sent < requests) {
      prepare?.()
      const seconds =
        perSecond === 0 ? FIRST_SECONDS : Math.ceil(Math.min(SLICE_SECONDS, (requests - sent) / perSecond))
      const measured = await sendAllItTakes(load, seconds, { tool, folder: scene.folder, core: LOAD_CORE })
      sent += measured.requests
      perSecond = measured.perSecond
    }
    const held = await restingMiB(pid)
    say(`${held.toFixed(0)} MiB after ${sent.toLocaleString('en')} requests`)
    return held
  }
  const [early, earlyRequests] = [await sendUpTo(FIRST_REQUESTS), sent]
  const late = await sendUpTo(Math.max(memoryRequests, FIRST_REQUESTS + 1))
  return {
    title: `memory after ${inWords(sent)} requests against after ${inWords(earlyRequests)}`,
    ...{ goal: { atMost: 1.1 }, ratios: [late / early] },
    ...{ ours: `${late.toFixed(0)} MiB`, theirs: `${early.toFixed(0)} MiB` },
    ...(sent < 10_000_000 && {
      note: `the goal speaks of 10 million requests: BENCH_MEMORY_REQUESTS=10000000`,
    }),
  }
}

/** Resident memory when the load is over, the median of two seconds. */
async function restingMiB(pid: number): Promise<number> {
  const looks: number[] = []
  for (let look = 0; look < LOOKS; look++) {
    await sleep(BETWEEN_LOOKS_MS)
    looks.push(residentMiB(pid))
  }
  return median(looks)
}

function inWords(requests: number): string {
  return requests.toLocaleString('en')
}
