/** What became of a call: what Wati's answer said, or that nothing was sent. */
export const COUNTED_OUTCOMES = ['accepted', 'refused', 'unknown', 'not_sent'] as const

export type CountedOutcome = (typeof COUNTED_OUTCOMES)[number]

/** By what calls are counted, in the order in which counts are sorted. */
export const DIMENSIONS = ['day', 'account', 'channel', 'caller', 'operation', 'outcome'] as const

export type Dimension = (typeof DIMENSIONS)[number]

/** One call of the data plane that was located and authorised for a channel. */
export interface Call {
  /** The id of the account. */
  readonly account: string
  /** The alias. */
  readonly channel: string
  /** The `sub` of the caller's token. */
  readonly caller: string
  /** The name of the operation. */
  readonly operation: string
  readonly outcome: CountedOutcome
}

export interface CountedCall extends Call {
  readonly count: number
}

/** Stands for the callers of a day that had too many of them to keep each apart. */
export const OTHER_CALLERS = '(other)'

const LONGEST_CALLER = 256

/** The call as it is counted: nobody can fill the store with a name that has no end. */
export function countable(call: Call): Call {
  if (call.caller.length <= LONGEST_CALLER) return call
  return { ...call, caller: `${call.caller.slice(0, LONGEST_CALLER - 1)}…` }
}

/** The same for the same call: only `caller` can hold whatever a token says, so it stands last. */
export function callKey({ account, channel, caller, operation, outcome }: Call): string {
  return `${account}\0${channel}\0${operation}\0${outcome}\0${caller}`
}

/** Did it reach Wati, or may it have? Those calls are what a month is billed for. */
export function wasSent({ outcome }: Pick<Call, 'outcome'>): boolean {
  return outcome !== 'not_sent'
}

/** The outcome of that name, if there is one. */
export function countedOutcomeOf(word: unknown): CountedOutcome | undefined {
  return COUNTED_OUTCOMES.find((outcome) => outcome === word)
}
