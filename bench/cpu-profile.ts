import { readFileSync } from 'node:fs'

/* Sums up a `.cpuprofile` of the gateway under load: `node --import=tsx bench/cpu-profile.ts FILE`. */

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: Frame
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const ROWS = 40

const file = process.argv[2]
if (file === undefined) throw new Error('Which .cpuprofile?')
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile
const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
const parents = new Map(
  profile.nodes.flatMap((node) => (node.children ?? []).map((id) => [id, node] as const)),
)

/** The stretch in which requests were served: from a while after the first to the last. */
const WARM_UP_US = 3_000_000
const times = ((): readonly [number, number] => {
  let [time, first, last] = [0, Infinity, 0]
  profile.samples.forEach((id, index) => {
    time += profile.timeDeltas[index] ?? 0
    if (nodes.get(id)?.callFrame.functionName !== 'onParserExecuteCommon' && !isOfRequests(id)) return
    first = Math.min(first, time)
    last = time
  })
  return [first + WARM_UP_US, last]
})()

function isOfRequests(id: number): boolean {
  return stack(id).some(({ callFrame }) => /\/dist\/gateway\/rewrite-request\.js$/.test(callFrame.url))
}

/** From the function itself to the root. */
function stack(id: number): ProfileNode[] {
  const found: ProfileNode[] = []
  for (let at = nodes.get(id); at; at = parents.get(at.id)) found.push(at)
  return found
}

/** The package, folder of ours or module of Node that a function is of; `undefined` for what is native. */
function placeOf({ url }: Frame): string | undefined {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (dependency !== undefined) return dependency
  const ours = /\/dist\/(.+)$/.exec(url)?.[1]
  if (ours !== undefined) return ours.includes('/') ? `src/${ours.split('/')[0] ?? ''}/` : 'src/'
  return url.startsWith('node:') ? url : undefined
}

function nameOf({ callFrame }: ProfileNode): string {
  const { functionName, url, lineNumber } = callFrame
  const where = /\/(?:node_modules|dist)\/(.+)$/.exec(url)?.[1] ?? url
  return `${functionName === '' ? '(anonymous)' : functionName}  ${where}:${lineNumber + 1}`
}

const sums = {
  place: new Map<string, number>(),
  self: new Map<string, number>(),
  inside: new Map<string, number>(),
  onBehalf: new Map<string, number>(),
}
let total = 0

function add(sum: Map<string, number>, key: string, time: number): void {
  sum.set(key, (sum.get(key) ?? 0) + time)
}

let at = 0
profile.samples.forEach((id, index) => {
  const time = profile.timeDeltas[index] ?? 0
  at += time
  const node = nodes.get(id)
  if (node === undefined || at < times[0] || at > times[1] || node.callFrame.functionName === '(idle)') return
  total += time
  const callers = stack(id)
  const native = /^\((?:garbage|program)/.test(node.callFrame.functionName)
  add(
    sums.place,
    native
      ? node.callFrame.functionName
      : (callers.map((one) => placeOf(one.callFrame)).find(Boolean) ?? 'native'),
    time,
  )
  add(sums.self, nameOf(node), time)
  const notOfNode = callers.find(({ callFrame }) => !(placeOf(callFrame) ?? 'node:').startsWith('node:'))
  add(
    sums.onBehalf,
    native ? node.callFrame.functionName : notOfNode ? nameOf(notOfNode) : 'Node itself',
    time,
  )
  for (const name of new Set(callers.map(nameOf))) add(sums.inside, name, time)
})

function print(title: string, sum: Map<string, number>, rows = ROWS): void {
  process.stdout.write(`\n${title}\n`)
  const sorted = [...sum].sort(([, a], [, b]) => b - a).slice(0, rows)
  for (const [name, time] of sorted)
    process.stdout.write(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}\n`)
}

process.stdout.write(`${(total / 1e6).toFixed(1)} s of work under load\n`)
print('Self time, by package (native code counts for its nearest caller)', sums.place)
print('Self time, by function', sums.self)
print('By function of ours or of a package, with what Node does on its behalf', sums.onBehalf)
print('With all that it calls', sums.inside, 120)
