import { messages } from '../../messages/messages.ts'

/** Where a limit can come from, to be chosen. */
export const KINDS = (['plan', 'own', 'lifted'] as const).map((value) => ({
  value,
  label: messages.accounts.kinds[value],
}))
