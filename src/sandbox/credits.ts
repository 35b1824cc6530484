import { invalid } from './answer.ts'
import type { Call } from './call.ts'

const COST_OF_MESSAGE = 0.05

/** The account's money, which nothing spends. */
const CREDITS = {
  credit: 100,
  welcome_credit: 10,
  remaining_free_conversations_count: 1000,
  currency: 'USD',
  auto_charge_enabled: false,
} as const

/** `GET account/credits` (v3) */
export function getCredits(): unknown {
  return CREDITS
}

/** `POST broadcasts/estimate-cost`: every message costs the same here. */
export function estimateBroadcastCost(call: Call): unknown {
  const contacts = call.body.get('contact_ids')
  if (!Array.isArray(contacts) || contacts.length === 0) {
    throw invalid('contact_ids', 'At least one contact id is required.')
  }
  const cost = contacts.length * COST_OF_MESSAGE
  return {
    estimated_cost: cost,
    current_credit: CREDITS.credit,
    current_welcome_credit: CREDITS.welcome_credit,
    result: cost <= CREDITS.credit + CREDITS.welcome_credit,
    is_request_succeeded: true,
    failed_detail: null,
  }
}
