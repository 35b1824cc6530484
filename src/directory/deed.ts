import type { Seal } from './seal.ts'

/**
 * Proof that a store was given a new life by a gateway, and which lives it continues. Sealed, so that nobody
 * who can write the store can lead replicas to a directory of their own.
 */
export function sealDeed(seal: Seal, epoch: string, continued: readonly string[]): string {
  return seal.seal(JSON.stringify(continued), boundTo(epoch))
}

/** Does the deed say that the life `epoch` continues the life `lost`? */
export function continues(
  seal: Seal,
  { epoch, deed }: { epoch: string; deed: string },
  lost: string,
): boolean {
  return livesBefore(seal, { epoch, deed }).includes(lost)
}

/** The lives that a deed names; none when its seal does not hold. */
export function livesBefore(seal: Seal, { epoch, deed }: { epoch: string; deed: string }): string[] {
  try {
    return JSON.parse(seal.open(deed, boundTo(epoch))) as string[]
  } catch {
    return []
  }
}

function boundTo(epoch: string): string {
  return `wati-gateway/directory/life/${epoch}`
}
