import { isDeepStrictEqual } from 'node:util'
import type { FieldChange } from '../directory/entry.ts'
import type { Account } from '../domain/account.ts'

type Fields = Readonly<Record<string, unknown>>

/** What the audit tells of a change: each field that differs. Of a record that is deleted, all it had. */
export function fieldChanges(before: Fields | undefined, after: Fields | undefined): FieldChange[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names].flatMap((field) => {
    const [from, to] = [before?.[field], after?.[field]]
    if (isDeepStrictEqual(from, to)) return []
    return [{ field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
  })
}

/** An account as the audit may show it: of its token only the fingerprint. */
export function auditableAccount(account: Omit<Account, 'revision'> | undefined): Fields | undefined {
  if (account === undefined) return undefined
  const { id: _id, token, tokenFrom, tokenUpdatedAt: _at, tokenExpiresAt, ...fields } = account
  return {
    ...fields,
    ...(tokenFrom === undefined && { token: token?.fingerprint() }),
    ...(tokenFrom !== undefined && { tokenFrom }),
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
  }
}
