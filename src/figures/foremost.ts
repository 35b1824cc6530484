/** Of too many, those with the lowest rank: what a page shows has a limit. */
export function foremost<T>(all: T[], limit: number, rankOf: (one: T) => number): T[] {
  if (all.length <= limit) return all
  return all.sort((one, other) => rankOf(one) - rankOf(other)).slice(0, limit)
}
