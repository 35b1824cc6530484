import { randomUUID } from 'node:crypto'
import { Refusal, storeUnavailable } from '../errors.ts'
import { sealDeed } from './deed.ts'
import type { DirectoryReader } from './directory.ts'
import type { EntryOrigin } from './entry.ts'
import type { Seal } from './seal.ts'
import { inBatches, sealedRecords } from './sealed-picture.ts'
import type { DirectoryStore } from './store.ts'

/** Sealed at once; requests get their turn in between. */
const BATCH = 200
/** How long to wait until this process itself follows the new life: it loads all of it, and there may be much. */
const FOLLOW_MS = 30_000

interface Parts {
  readonly store: DirectoryStore
  readonly directory: DirectoryReader
  readonly seal: Seal
}

/**
 * Gives a store that lost the directory a new life, with all that is in the last picture. Gives how many records
 * were written. Throws `conflict` when nothing is lost, or another directory is there.
 */
export async function reseedStore(parts: Parts, origin: EntryOrigin): Promise<number> {
  const { store, directory, seal } = parts
  const { state, position } = directory
  if (state !== 'lost' || position === undefined)
    throw new Refusal('conflict', 'The store has not lost the directory: there is nothing to write back.')
  const epoch = randomUUID()
  const life = { epoch, revision: position.revision, lost: position.epoch }
  let count = 0
  const records = sealedRecords(directory, seal, { ...origin, action: 'directory.reseed' })
  const batches = inBatches(records, BATCH, (length) => (count += length))
  const result = await store
    .reseed({ ...life, deed: sealDeed(seal, epoch, [position.epoch]) }, batches)
    .catch((cause: unknown) => {
      throw storeUnavailable('The store did not take the directory back: try again.', cause)
    })
  if (result === 'occupied')
    throw new Refusal(
      'conflict',
      'There is another directory in the store, or one that has gone on by itself, which would be lost: restart this replica to follow it, or empty the store.',
    )
  if (!(await directory.inLife(epoch, FOLLOW_MS)))
    throw storeUnavailable('The directory was written back, but this replica does not follow it yet.')
  return count
}
