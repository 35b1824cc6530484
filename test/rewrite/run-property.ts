import fc from 'fast-check'
import type { Test } from 'tap'

/** How many cases a property is tried with: few in the daily suite, `FC_RUNS` of them when asked. */
export const RUNS = Number(process.env['FC_RUNS'] ?? 1_000)

/** `FC_SEED` repeats a run that was seen before. */
const SEED = Number(process.env['FC_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

/** Tries a property; a failure shows the seed and the smallest case that breaks it. */
export function holds<Case>(t: Test, cases: fc.Arbitrary<Case>, check: (one: Case) => void): void {
  fc.assert(
    fc.property(cases, (one) => check(one)),
    { numRuns: RUNS, seed: SEED },
  )
  t.pass(`holds in ${RUNS} cases, seed ${SEED}`)
}

/** The same for what takes its time. */
export async function holdsAsync<Case>(
  t: Test,
  cases: fc.Arbitrary<Case>,
  check: (one: Case) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(cases, check), { numRuns: RUNS, seed: SEED })
  t.pass(`holds in ${RUNS} cases, seed ${SEED}`)
}

/** A cheap comparison for the inside of a property. */
export function assertSame(found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (left !== right) throw new Error(`found ${left}, wanted ${right}`)
}
