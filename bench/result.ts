import { median } from './median.ts'

export type Goal = { readonly atLeast: number } | { readonly atMost: number }

/** A row of the table of goals. */
export interface Result {
  readonly title: string
  readonly goal?: Goal | undefined
  /** Of each round; missing where nothing was measured. */
  readonly ratios?: readonly number[]
  /** The same by CPU time. */
  readonly byCpu?: readonly number[]
  /** Is it the ratio by CPU time that counts? */
  readonly decidedByCpu?: boolean
  readonly ours?: string
  readonly theirs?: string
  readonly note?: string
}

/** The median with the lowest and the highest of all rounds: `3,048/s (2,546–3,435)`. */
export function figure(values: readonly number[], unit: string): string {
  const [middle, least, most] = [median(values), Math.min(...values), Math.max(...values)].map(rounded)
  return values.length === 1
    ? `${middle ?? ''}${unit}`
    : `${middle ?? ''}${unit} (${least ?? ''}–${most ?? ''})`
}

/** Three digits at least, and no more behind the point than they take. */
function rounded(value: number): string {
  const behindPoint = value >= 100 ? 0 : value >= 10 ? 1 : 2
  const fixed = { minimumFractionDigits: behindPoint, maximumFractionDigits: behindPoint }
  return value.toLocaleString('en', fixed)
}

/** Was the goal met, and if not, by how much was it missed? */
export function verdict({ goal, ratios, byCpu, decidedByCpu = false }: Result): string {
  const decisive = decidedByCpu ? byCpu : ratios
  if (decisive === undefined) return 'not measured'
  if (goal === undefined) return 'no goal'
  const ratio = median(decisive)
  const missing = 'atLeast' in goal ? 1 - ratio / goal.atLeast : ratio / goal.atMost - 1
  const by = decidedByCpu ? ' by CPU time' : ''
  return missing <= 0 ? `met${by}` : `missed by ${(missing * 100).toFixed(missing < 0.1 ? 1 : 0)} %${by}`
}

export function goalText(goal: Goal | undefined): string {
  if (goal === undefined) return '–'
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
}
