import type { DirectoryReader } from '../directory/directory.ts'
import { Refusal, storeUnavailable } from '../errors.ts'

/** Why there is no such record: it does not exist, or that cannot be said while the store is away or damaged. */
export function missing(
  { state, unreadable }: Pick<DirectoryReader, 'state' | 'unreadable'>,
  kind: 'account' | 'channel',
  name: string,
): Refusal {
  if (unreadable.has(`${kind}:${name}`))
    return storeUnavailable(
      `The record of the ${kind} cannot be read: its seal does not hold. Write it anew.`,
    )
  if (state !== 'current')
    return storeUnavailable(`The store is away, so it is not known whether there is such a ${kind}.`)
  return new Refusal('not-found', `There is no such ${kind}.`)
}
