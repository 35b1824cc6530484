import { parseArgs } from 'node:util'
import { type LoadTool, findLoadTool } from './load.ts'
import { ROWS, type RowName } from './rows.ts'

/** How one run measures. */
export interface Options {
  readonly rows: readonly RowName[]
  readonly rounds: number
  /** Of one measurement. */
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly memoryRequests: number
  readonly tool: LoadTool
  /** Only a full run is worth keeping. */
  readonly isKept: boolean
}

/** What takes longest is left out of a quick run. */
const NOT_QUICK: ReadonlySet<RowName> = new Set(['channels', 'memory', 'replicas'])
const MEMORY_REQUESTS = 1_000_000

/** Reads the arguments of `npm run bench --`; throws what is wrong with them. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      load: { type: 'string' },
    },
  })
  const { quick, only, load = findLoadTool() } = values
  if (load !== 'wrk' && load !== 'autocannon') throw new Error(`--load is wrk or autocannon, not ${load}`)
  const rows =
    only === undefined ? ROWS.filter((row) => !quick || !NOT_QUICK.has(row)) : only.split(',').map(rowOf)
  const memoryRequests = Number(process.env['BENCH_MEMORY_REQUESTS'] ?? MEMORY_REQUESTS)
  if (!(memoryRequests > 0)) throw new Error('BENCH_MEMORY_REQUESTS is not a number of requests')
  const times = quick
    ? { rounds: 2, seconds: 2, warmUpSeconds: 2 }
    : { rounds: 5, seconds: 4, warmUpSeconds: 4 }
  return { ...times, rows, memoryRequests, tool: load, isKept: !quick && only === undefined }
}

function rowOf(name: string): RowName {
  const row = ROWS.find((known) => known === name)
  if (row === undefined) throw new Error(`--only takes ${ROWS.join(', ')}; not ${name}`)
  return row
}
