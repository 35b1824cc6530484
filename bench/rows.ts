import type { Name } from './contestants.ts'
import { type Goal, type Result, figure } from './result.ts'
import { median } from './median.ts'
import type { Round } from './rounds.ts'

/** The rows of the table, as `--only` names them. */
export const ROWS = [
  ...(['proxy', 'node', 'middleware', 'nginx', 'nginx-20k', 'channels', 'body', 'rs256', 'eddsa'] as const),
  ...(['latency', 'memory', 'replicas'] as const),
] as const

export type RowName = (typeof ROWS)[number]

/** A row that compares the requests a second of two. */
interface Comparison {
  readonly title: string
  readonly ours: Name
  readonly theirs: Name
  readonly goal?: Goal
}

/** A row that comes out of the rounds. */
type ComparedName = Exclude<RowName, 'latency' | 'memory' | 'replicas'>

const COMPARISONS: Readonly<Record<ComparedName, Comparison>> = {
  proxy: {
    title: '`@fastify/http-proxy` alone',
    ours: 'gateway',
    theirs: 'http-proxy',
    goal: { atLeast: 2 },
  },
  node: {
    title: '`node:http` + `undici.dispatch`',
    ours: 'gateway',
    theirs: 'node-undici',
    goal: { atLeast: 1 },
  },
  middleware: { title: '`http-proxy-middleware`', ours: 'gateway', theirs: 'http-proxy-middleware' },
  nginx: { title: 'nginx + Lua, 200 B', ours: 'gateway', theirs: 'nginx', goal: { atLeast: 0.5 } },
  'nginx-20k': {
    title: 'nginx + Lua, 20 KB',
    ours: 'gateway-20k',
    theirs: 'nginx-20k',
    goal: { atLeast: 2 },
  },
  channels: {
    title: '100,000 channels against 1',
    ours: 'gateway-many',
    theirs: 'gateway',
    goal: { atLeast: 0.95 },
  },
  body: { title: '20 KB against 200 B', ours: 'gateway-20k', theirs: 'gateway', goal: { atLeast: 0.6 } },
  rs256: { title: 'RS256 against HS256', ours: 'gateway-rs256', theirs: 'gateway', goal: { atLeast: 0.95 } },
  eddsa: { title: 'EdDSA against HS256', ours: 'gateway-eddsa', theirs: 'gateway', goal: { atLeast: 0.95 } },
}

/** Whom these rows need in the rounds. */
export function contestantsOf(rows: readonly RowName[]): Set<Name> {
  const names = rows.flatMap((row): Name[] => {
    if (row === 'latency') return ['gateway', 'http-proxy']
    if (row === 'memory' || row === 'replicas') return []
    return [COMPARISONS[row].ours, COMPARISONS[row].theirs]
  })
  return new Set(names)
}

/** Of the core that one of the two had: below that it waited for the load, or others had its core. */
const BUSY = 0.9

/** The row, out of the rounds. */
export function compare(row: ComparedName, found: ReadonlyMap<Name, readonly Round[]>): Result {
  const { title, goal, ...names } = COMPARISONS[row]
  const [ours, theirs] = [found.get(names.ours), found.get(names.theirs)]
  if (ours === undefined || theirs === undefined)
    return { title, goal, note: 'nginx with its Lua module is not installed' }
  const byTime = ratios(ours, theirs, ({ perSecond }) => perSecond)
  const byCpu = ratios(ours, theirs, ({ perCpuSecond }) => perCpuSecond)
  const isIdle = [ours, theirs].some((rounds) => median(rounds.map(({ busy }) => busy)) < BUSY)
  return {
    ...{ title, goal, ratios: byTime, byCpu, decidedByCpu: isIdle },
    ours: figure(
      ours.map(({ perSecond }) => perSecond),
      '/s',
    ),
    theirs: figure(
      theirs.map(({ perSecond }) => perSecond),
      '/s',
    ),
  }
}

/** Round by round: what slows the machine for a while slows both. */
function ratios(ours: readonly Round[], theirs: readonly Round[], of: (round: Round) => number): number[] {
  return ours.flatMap((round, index) => {
    const other = theirs[index]
    return other === undefined ? [] : [of(round) / of(other)]
  })
}
