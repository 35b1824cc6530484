import { useState } from 'preact/hooks'
import { answer, api } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { type Action, useAction } from '../../hooks/use-action.ts'
import { type Account, readAccount } from './account.ts'

/** Somebody else was quicker: what they made of the account. */
export interface Conflict {
  readonly theirs: Account
  /** The `sub` of the admin; `undefined` when the audit does not tell. */
  readonly by: string | undefined
}

export interface AccountWrite<A extends readonly unknown[]> extends Action<A> {
  readonly conflict: Conflict | undefined
  /** The conflict was seen and decided. */
  readonly settle: () => void
}

/** A write with `If-Match`: where somebody else was quicker, nothing is overwritten and it is found out what they did. */
export function useAccountWrite<A extends readonly unknown[]>(
  id: string,
  write: (...given: A) => Promise<void>,
): AccountWrite<A> {
  const [conflict, setConflict] = useState<Conflict>()
  const settle = (): void => setConflict(undefined)
  const action = useAction(async (...given: A) => {
    settle()
    try {
      await write(...given)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error
      setConflict(await findConflict(id))
    }
  })
  return { ...action, conflict, settle }
}

async function findConflict(id: string): Promise<Conflict> {
  const [theirs, by] = await Promise.all([readAccount(id), lastAdmin(id).catch(() => undefined)])
  return { theirs, by }
}

async function lastAdmin(id: string): Promise<string | undefined> {
  const query = { kind: 'account', id, order: 'desc', limit: '1' } as const
  const { body } = await answer(api.GET('/v1/audit', { params: { query } }))
  // The description tells of the other form, too, which one must ask for.
  const [newest] = 'items' in body ? body.items : []
  return newest?.actor.sub ?? undefined
}
