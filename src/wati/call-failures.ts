/** The turn to leave was over before the first byte could: nothing was sent. */
export class TurnOver extends Error {
  constructor() {
    super('the turn to leave was over before the connection stood')
    this.name = 'TurnOver'
  }
}

/** The code of the error of an answer that came too slowly as a whole. */
export const TOO_SLOW = 'WATI_TOO_SLOW'

/** The answer was not whole in time. */
export class TooSlow extends Error {
  readonly code = TOO_SLOW

  constructor() {
    super('the answer came too slowly')
  }
}

/** How far a failed call had come: before the first byte left, while waiting, or inside the answer. */
export type CallPhase = 'connecting' | 'waiting' | 'answering'

export class WatiCallFailed extends Error {
  readonly phase: CallPhase

  constructor(phase: CallPhase, cause: Error) {
    super(cause.message, { cause })
    this.name = 'WatiCallFailed'
    this.phase = phase
  }
}
