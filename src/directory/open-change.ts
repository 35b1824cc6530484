import type { Logger } from 'pino'
import { openEntry } from './entry.ts'
import type { OpenedChange } from './picture.ts'
import type { Seal } from './seal.ts'
import type { SealedChange } from './store.ts'

/** With a wrong key ring nothing opens at all: the log names this many, and leaves it at that. */
export const MOST_ALARMS = 10

/** Opens changes; where the seal does not hold, only what it names becomes unusable. */
export function opener({
  seal,
  log,
}: {
  readonly seal: Seal
  readonly log: Logger
}): (change: SealedChange) => OpenedChange {
  let alarms = 0
  return (change) => {
    const { target, revision } = change
    try {
      return { target, revision, entry: openEntry(seal, change) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (++alarms <= MOST_ALARMS) {
        log.error(
          { alarm: 'seal-broken', target, revision, reason },
          'a record does not open and is not used',
        )
      }
      return { target, revision, entry: undefined }
    }
  }
}
