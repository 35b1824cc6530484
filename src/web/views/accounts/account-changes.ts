import { messages } from '../../messages/messages.ts'
import type { Account } from './account.ts'
import { printMonthly, printPlan, printRate, printSource } from './account-words.ts'

const { accounts: texts, shell } = messages

/** A field that is another now, in the words of the page. */
export interface FieldInWords {
  readonly label: string
  readonly from: string
  readonly to: string
}

/** What became another on the way from one form of an account to the next. */
export function changesBetween(before: Account, after: Account): FieldInWords[] {
  const [old, anew] = [wordsOf(before), wordsOf(after)]
  return [...new Set([...old.keys(), ...anew.keys()])].flatMap((label) => {
    const [from, to] = [old.get(label) ?? shell.none, anew.get(label) ?? shell.none]
    return from === to ? [] : [{ label, from, to }]
  })
}

function wordsOf(account: Account): Map<string, string> {
  const { tenantId, baseUrl, description, enforceQuota, token, limitsInForce } = account
  return new Map([
    [texts.tenantId, tenantId],
    [texts.baseUrl, baseUrl],
    [texts.description, description ?? shell.none],
    [texts.plan, printPlan(account.plan)],
    [texts.token, token.fingerprint ?? texts.noToken],
    [texts.keptIn, printSource(account)],
    [texts.monthly, printMonthly(account)],
    [texts.enforceQuota, enforceQuota === true ? shell.yes : shell.no],
    ...Object.entries(limitsInForce).map(([endpoint, limit]) => [endpoint, printRate(limit)] as const),
  ])
}
