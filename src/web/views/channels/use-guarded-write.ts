import { useState } from 'preact/hooks'
import { Problem } from '../../api/problem.ts'
import { type Action, useAction } from '../../hooks/use-action.ts'
import { type AuditItem, type Channel, changesSince, readIfThere } from './channel.ts'

/** Somebody else changed the channel after this admin saw it. */
export interface Conflict {
  readonly seen: Channel
  /** As it is now; `undefined` when it was deleted. */
  readonly theirs: Channel | undefined
  /** Who changed what since, as far as the audit tells. */
  readonly changes: readonly AuditItem[]
}

export interface GuardedWrite {
  /** The channel that the write is decided on. */
  readonly seen: Channel
  readonly conflict: Conflict | undefined
  readonly action: Action<[]>
  /** From now on the write is decided on this channel. */
  readonly decideOn: (theirs: Channel) => void
}

/** A write of a channel that never overwrites what somebody else wrote meanwhile: instead it tells of it. */
export function useGuardedWrite(opened: Channel, write: (seen: Channel) => Promise<unknown>): GuardedWrite {
  const [seen, setSeen] = useState(opened)
  const [conflict, setConflict] = useState<Conflict>()
  const action = useAction(async () => {
    setConflict(undefined)
    try {
      await write(seen)
    } catch (error) {
      if (!(error instanceof Problem) || error.problem !== 'revision-mismatch') throw error
      setConflict(await lookInto(seen))
    }
  })
  const decideOn = (theirs: Channel): void => {
    setSeen(theirs)
    setConflict(undefined)
  }
  return { seen, conflict, action, decideOn }
}

async function lookInto(seen: Channel): Promise<Conflict> {
  const [theirs, changes] = await Promise.all([
    readIfThere(seen.alias),
    // That the audit is away must not hide that there is a conflict.
    changesSince(seen).catch(() => []),
  ])
  return { seen, theirs, changes }
}
