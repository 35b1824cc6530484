import { type Deed, isRefused } from '../faults/counting-wati.ts'
import type { Visit } from './recording-wati.ts'
import type { Trouble } from './troubles.ts'

/** What kind of answer is right. `slow`: the caller did not take it, and has to be cut off. */
export type Sort = 'write' | 'read' | 'slow' | 'unknown-alias' | 'refused-token'

/** What a caller heard of one try. */
export interface Told {
  readonly sort: Sort
  /** 0 when no answer came. */
  readonly status: number
  /** Of a problem; empty when it is Wati's answer. */
  readonly problem: string
  readonly outcome: string
  readonly text: string
  /** False when the connection broke before the answer was whole. */
  readonly complete: boolean
}

/** What was the matter while the try was on its way. */
export interface Surroundings {
  readonly troubles: ReadonlySet<Trouble>
  /** The replica that had it was killed. */
  readonly killed: boolean
}

/** `untrue`: the answer says what did not happen. `failure`: it is not the right one for what happened. */
export type Verdict = 'right' | 'untrue' | 'failure'

/** The right answers to a request that reached Wati, by what Wati did with it. */
const RIGHT: Readonly<Record<Deed, RegExp>> = {
  answer: /^200 accepted$/,
  'answer-late': /^200 accepted$/,
  fail: /^500 unknown$/,
  unavailable: /^503 unknown$/,
  reset: /^502 wati-unreachable( unknown)?$/,
  'reset-inside': /^502 wati-(bad-answer|unreachable)( unknown)?$/,
  'cut-short': /^502 wati-bad-answer( unknown)?$/,
  silence: /^504 wati-timeout( unknown)?$/,
  'too-many': /^429( rate-limited)?( refused| not_sent)?$/,
  'no-token': /^502 wati-credential-rejected( refused)?$/,
}
const BROKEN_INSIDE: ReadonlySet<Deed> = new Set(['reset-inside', 'cut-short'])

/** What was not sent because Wati has been failing, or because it asked to wait. */
const NOT_TRIED = /^(50[24] wati-(unreachable|timeout)|429 rate-limited)( not_sent)?$/
/** What nobody knows, because the way to Wati was broken. */
const LOST =
  /^(50[24] wati-(unreachable|timeout|bad-answer)( not_sent| unknown)?|429 rate-limited( not_sent)?)$/

/** Status, problem and outcome, as far as there are any. */
export function lineOf({ status, problem, outcome }: Pick<Told, 'status' | 'problem' | 'outcome'>): string {
  return [status, problem, outcome].filter((word) => word !== '').join(' ')
}

/** Judges an answer by what Wati saw of its try, in the order in which it came, and by the troubles of that time. */
export function judge(told: Told, visits: readonly Visit[], was: Surroundings): Verdict {
  if (isUntrue(told, visits)) return 'untrue'
  return isRight(told, visits.at(-1), was) ? 'right' : 'failure'
}

function isUntrue({ sort, status, outcome, text, complete }: Told, visits: readonly Visit[]): boolean {
  if (outcome === 'not_sent' && visits.some((visit) => !isRefused(visit))) return true
  if (sort === 'unknown-alias' || sort === 'refused-token') return visits.length > 0
  return status === 200 && complete && sort !== 'slow' && visits.at(-1)?.answer !== text
}

function isRight(told: Told, last: Visit | undefined, { troubles, killed }: Surroundings): boolean {
  const { sort, status, problem, outcome } = told
  const line = lineOf(told)
  if (status === 0) return killed
  if (sort === 'refused-token')
    return /^401 unauthenticated|^403 (channel-forbidden|scope-missing)/.test(line)
  if (sort === 'unknown-alias')
    return line === '404 unknown-channel' || (troubles.has('redis') && line === '503 store-unavailable')
  // A write that failed has to say what became of it.
  if (sort === 'write' && problem !== '' && outcome === '') return false
  if (status === 200 && !told.complete) return isRightlyBroken(sort, last, troubles) || killed
  if (troubles.has('network') && LOST.test(line)) return true
  if (last === undefined) return troubles.has('wati') && NOT_TRIED.test(line)
  if (sort === 'slow' && status === 200) return false
  return RIGHT[last.deed].test(line) || (isRefused(last) && NOT_TRIED.test(line))
}

/** Its status had been passed on when it broke; or nobody took it. */
function isRightlyBroken(sort: Sort, last: Visit | undefined, troubles: ReadonlySet<Trouble>): boolean {
  return sort === 'slow' || troubles.has('network') || (last !== undefined && BROKEN_INSIDE.has(last.deed))
}
