import type { Account } from '../domain/account.ts'
import type { Secret } from '../domain/secret.ts'
import { Refusal } from '../errors.ts'
import { type AccountCheckOptions, checkAccount } from '../wati/check-account.ts'

/**
 * Asks Wati whether a new token works before it takes over. Refuses with 400 a token that Wati does not accept,
 * and with 502 or 504 when Wati cannot be asked, or its answer says neither yes nor no.
 */
export async function verifyToken(
  options: AccountCheckOptions,
  account: Pick<Account, 'tenantId' | 'baseUrl'>,
  newToken: Secret,
): Promise<void> {
  const check = await checkAccount(options, account, newToken)
  switch (check.token) {
    case 'accepted':
      return
    case 'rejected':
      throw new Refusal(
        'invalid-request',
        'The field "token" was not accepted by Wati (401), so nothing was changed: check that it is whole and belongs to this account.',
      )
    case 'unknown': {
      const { problem, message, headers, cause } = check.refusal
      const advice = 'So the token could not be tried: try again, or write it untried with ?verify=false.'
      throw new Refusal(problem, `${message} ${advice}`, { headers, cause })
    }
  }
}
