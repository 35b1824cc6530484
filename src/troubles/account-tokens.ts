import { expiryWarning } from '../domain/token-expiry.ts'
import type { TroubleParts } from './find-troubles.ts'
import { type Trouble, timeOf } from './trouble.ts'

/** Tokens whose end has come, or is near. */
export function* expiredTokens({ directory, now, tokenWarningDays }: TroubleParts): Generator<Trouble> {
  for (const account of directory.accounts.values()) {
    const text = expiryWarning(account, now, tokenWarningDays, `The token of the account ${account.id}`)
    if (text === undefined) continue
    const isOver = Date.parse(account.tokenExpiresAt ?? '') <= now.getTime()
    const target = { kind: 'account', id: account.id }
    yield isOver
      ? { level: 'error', name: 'token-expired', text, target }
      : { level: 'warning', name: 'token-expires', text, target }
  }
}

/** Tokens that are not, or not any more, where `tokenFrom` says. */
export function* unreadTokens({ directory, tokenTrouble }: TroubleParts): Generator<Trouble> {
  for (const { id, token, tokenFrom } of directory.accounts.values()) {
    const reason = tokenFrom === undefined ? undefined : tokenTrouble(id)
    if (reason === undefined) continue
    const effect = token === undefined ? 'its channels cannot be used' : 'the last one that was read is used'
    yield {
      level: token === undefined ? 'error' : 'warning',
      name: 'token-unreadable',
      text:
        `The token of the account ${id} cannot be read where tokenFrom says (${reason}) and ${effect}: ` +
        'see to the variable or the file.',
      target: { kind: 'account', id },
    }
  }
}

/** Tokens that Wati answered with 401, and with nothing else since. */
export function* rejectedTokens({ directory, rejectionOf }: TroubleParts): Generator<Trouble> {
  for (const account of directory.accounts.values()) {
    const rejection = rejectionOf(account)
    if (rejection === undefined) continue
    const { id } = account
    yield {
      level: 'error',
      name: 'token-rejected',
      text:
        `Wati has rejected the token of the account ${id} since ${timeOf(rejection.first)} ` +
        `(last at ${timeOf(rejection.last)}): write a new one.`,
      target: { kind: 'account', id },
    }
  }
}
