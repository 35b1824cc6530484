import type { DirectoryReader } from '../directory/directory.ts'
import { accountTotal, channelTotal } from './store.ts'

/** Its records are looked up each time: the picture that holds them is replaced as a whole. */
export type QuotaSource = Pick<DirectoryReader, 'position' | 'accounts' | 'channels'>

/**
 * The totals of a month that something depends on: of every account, and of each channel with a quota of its own. A
 * directory may have 100,000 channels: they are looked through when it has changed, not each time.
 */
export function makeNeededTotals(directory: QuotaSource): () => readonly string[] {
  let position: QuotaSource['position']
  let names: readonly string[] = []
  return () => {
    if (directory.position !== position) {
      position = directory.position
      names = [...namesIn(directory)]
    }
    return names
  }
}

function* namesIn({ accounts, channels }: QuotaSource): Generator<string> {
  for (const { id } of accounts.values()) yield accountTotal(id)
  for (const { alias, monthlyCalls } of channels.values())
    if (typeof monthlyCalls === 'number') yield channelTotal(alias)
}
