/** What a check of the surroundings found: of Redis, a folder, a clock. */
export interface Finding {
  /** `warn`: the gateway works, and something will hurt one day. `fail`: it does not work, or will lose data. */
  readonly level: 'ok' | 'warn' | 'fail'
  /** What was seen, as half a sentence. */
  readonly what: string
  /** What to do about it. */
  readonly advice?: string
}

const CLOCK_WARN_MS = 1_000
const CLOCK_FAIL_MS = 5_000

/** How a clock agrees with another. Tokens and rate limits live by it. */
export function judgeClock(whose: string, differenceMs: number): Finding {
  const away = Math.abs(differenceMs)
  if (away <= CLOCK_WARN_MS) return { level: 'ok', what: `the clock agrees with ${whose}` }
  const direction = differenceMs > 0 ? 'behind' : 'ahead of'
  return {
    level: away > CLOCK_FAIL_MS ? 'fail' : 'warn',
    what: `the clock is ${(away / 1_000).toFixed(1)} s ${direction} ${whose}`,
    advice: 'let NTP set the clocks of both hosts: tokens begin and end by them',
  }
}
