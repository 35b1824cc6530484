import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'

type Path = paths['/v1/accounts/{account}']

/** An account as the gateway shows it: never with its token. */
export type Account = Path['get']['responses'][200]['content']['application/json']

/** What is written of an account, as a whole. */
export type AccountBody = Path['put']['requestBody']['content']['application/json']

export const PLANS = ['growth', 'pro', 'business'] as const satisfies readonly AccountBody['plan'][]
export type Plan = (typeof PLANS)[number]

/** For a write that must not overwrite what somebody else has changed since the account was read. */
export function ifStill({ revision }: Account) {
  return { 'if-match': `"${revision}"` }
}

/** Throws a `Problem`. */
export async function readAccount(id: string, signal?: AbortSignal): Promise<Account> {
  const given = { params: { path: { account: id } }, ...(signal && { signal }) }
  const { body } = await answer(api.GET('/v1/accounts/{account}', given))
  return body
}

/** Writes an account anew where nobody has changed it since. Throws a `Problem`, 412 if somebody has. */
export async function writeAccount(before: Account, body: AccountBody): Promise<Account> {
  const params = { path: { account: before.id }, header: ifStill(before) }
  return (await answer(api.PUT('/v1/accounts/{account}', { params, body }))).body
}
