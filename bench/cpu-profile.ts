import { readFileSync } from 'node:fs'

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface Called {
  readonly id: number
  readonly callFrame: Frame
  readonly children?: readonly number[]
}

interface Profile {
  readonly nodes: readonly Called[]
  readonly samples: readonly number[]
  /** In microseconds. */
  readonly timeDeltas: readonly number[]
}

/** Part of the time, 0 to 1, by name. */
export type Shares = ReadonlyMap<string, number>

export interface ProfileSummary {
  /** Of work, without idling. */
  readonly seconds: number
  /** By package, folder of ours or module of Node; native code counts for its nearest caller. */
  readonly places: Shares
  readonly functions: Shares
  /** By the nearest function of ours or of a package: with what Node does on its behalf. */
  readonly onBehalf: Shares
  /** With all that a function calls. */
  readonly inside: Shares
}

/** Only while requests are rewritten is the gateway under load; so much of that warms it up. */
const UNDER_LOAD = /\/dist\/gateway\/rewrite-request\.js$/
const WARM_UP_US = 3_000_000

/** Sums up a `.cpuprofile` of a gateway that started, was under load, and ended. */
export function readProfile(file: string): ProfileSummary {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const stacks = stacksOf(nodes)
  let now = 0
  const looks = samples.map((id, index) => {
    const took = timeDeltas[index] ?? 0
    now += took
    return { at: now, took, stack: stacks.get(id) ?? [] }
  })
  const busy = looks.filter(({ stack }) => stack.some(({ url }) => UNDER_LOAD.test(url)))
  const [from, to] = [(busy[0]?.at ?? 0) + WARM_UP_US, busy.at(-1)?.at ?? 0]
  const work = looks.filter(({ at, stack }) => at > from && at <= to && stack[0]?.functionName !== '(idle)')
  const total = work.reduce((sum, { took }) => sum + took, 0)
  const shares = (namesOf: (stack: readonly Frame[]) => Iterable<string>): Shares => {
    const sums = new Map<string, number>()
    for (const { took, stack } of work) {
      for (const name of namesOf(stack)) sums.set(name, (sums.get(name) ?? 0) + took / total)
    }
    return new Map([...sums].sort(([, a], [, b]) => b - a))
  }
  return {
    seconds: total / 1e6,
    places: shares((stack) => [special(stack) ?? stack.map(placeOf).find(Boolean) ?? 'native']),
    functions: shares((stack) => stack.slice(0, 1).map(nameOf)),
    onBehalf: shares((stack) => [
      special(stack) ?? stack.filter(isNotOfNode).map(nameOf)[0] ?? 'Node itself',
    ]),
    inside: shares((stack) => new Set(stack.map(nameOf))),
  }
}

/** For each node, from itself to the root. */
function stacksOf(nodes: readonly Called[]): Map<number, readonly Frame[]> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const stacks = new Map<number, readonly Frame[]>()
  const add = (node: Called, callers: readonly Frame[]): void => {
    const stack = [node.callFrame, ...callers]
    stacks.set(node.id, stack)
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child) add(child, stack)
    }
  }
  const [root] = nodes
  if (root) add(root, [])
  return stacks
}

/** Garbage collection and the like are nobody's. */
function special([top]: readonly Frame[]): string | undefined {
  return top && /^\((?:garbage|program)/.test(top.functionName) ? top.functionName : undefined
}

/** `undefined` for what is native. */
function placeOf({ url }: Frame): string | undefined {
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (dependency !== undefined) return dependency
  const ours = /\/dist\/(.+)$/.exec(url)?.[1]
  if (ours !== undefined) return ours.includes('/') ? `src/${ours.split('/')[0] ?? ''}/` : 'src/'
  return url.startsWith('node:') ? url : undefined
}

function isNotOfNode(frame: Frame): boolean {
  return !(placeOf(frame) ?? 'node:').startsWith('node:')
}

function nameOf({ functionName, url, lineNumber }: Frame): string {
  const where = /\/(?:node_modules|dist)\/(.+)$/.exec(url)?.[1] ?? url
  const name = functionName === '' ? '(anonymous)' : functionName
  return where === '' ? name : `${name}  ${where}:${lineNumber + 1}`
}
