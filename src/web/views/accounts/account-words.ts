import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { type Account, PLANS } from './account.ts'

const { accounts: texts } = messages

export function printPlan(plan: string): string {
  const known = PLANS.find((name) => name === plan)
  return known === undefined ? plan : texts.plans[known]
}

/** Where the token is kept. */
export function printSource({ tokenFrom }: Pick<Account, 'tokenFrom'>): string {
  if (tokenFrom?.env !== undefined) return texts.inVariable(tokenFrom.env)
  return tokenFrom?.file === undefined ? texts.inGateway : texts.inFile(tokenFrom.file)
}

export function printRate(limit: Account['limitsInForce'][string] | undefined): string {
  if (limit == null) return texts.noLimit
  return texts.rate(printCount(limit.max), printCount(limit.windowSeconds))
}

export function printMonthly({ usage: { monthlyCalls } }: Pick<Account, 'usage'>): string {
  return monthlyCalls === null ? texts.noLimit : texts.perMonth(printCount(monthlyCalls))
}
