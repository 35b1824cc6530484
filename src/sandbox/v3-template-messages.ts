import { invalid } from './answer.ts'
import { attributesOf, contactOf, isReachable, required, textOf, type Call } from './call.ts'
import { fieldsOf, type Fields } from './fields.ts'
import { contactOfTarget } from './target.ts'
import { readTemplate } from './template-messages.ts'

const MAX_RECIPIENTS = 10_000

/** `POST messageTemplates/send`: one template to at most 10,000 recipients, all from one channel. */
export function sendMessageTemplates(call: Call): unknown {
  return broadcast(call, {})
}

/** `POST messageTemplates/schedule`. The sandbox does not wait: it keeps the messages with their `scheduledAt`. */
export function scheduleMessageTemplates(call: Call): unknown {
  const scheduledAt = Date.parse(required(call.body.get('scheduled_at'), 'scheduled_at'))
  if (Number.isNaN(scheduledAt)) throw invalid('scheduled_at', 'The scheduled_at is not a date.')
  return broadcast(call, { scheduledAt: new Date(scheduledAt).toISOString() })
}

interface Recipient {
  readonly to: string
  readonly localMessageId?: string
  readonly parameters: ReturnType<typeof attributesOf>
}

function broadcast(call: Call, schedule: { readonly scheduledAt?: string }): unknown {
  const template = readTemplate(call)
  const recipients = readRecipients(call)
  if (recipients.length > MAX_RECIPIENTS) return failure(`More than ${MAX_RECIPIENTS} recipients.`)
  const channel = call.body.get('channel')
  if (typeof channel === 'object' && channel !== null)
    throw invalid('channel', 'The channel is not a string.')
  const line = call.account.lineOfChannel(textOf(channel))
  if (line === undefined) return failure('The channel does not belong to this account.')
  const results = recipients.map(({ to, ...personal }) => {
    const result = { local_message_id: personal.localMessageId ?? null, phone_number: to }
    if (!isReachable(call.account, to)) return { ...result, errors: ['Invalid WhatsApp number.'] }
    call.account.contacts.put(to)
    call.account.send(line, to, { operation: call.operation, ...template, ...schedule, ...personal })
    return { ...result, errors: [] }
  })
  const isSent = results.some(({ errors }) => errors.length === 0)
  return {
    success: isSent,
    broadcast_id: isSent ? template.broadcastId : null,
    error: isSent ? null : 'No recipient can be reached.',
    recipients: results,
  }
}

/** How v3 says no to a broadcast: with a 200. */
function failure(error: string): unknown {
  return { success: false, broadcast_id: null, error, recipients: [] }
}

function readRecipients(call: Call): Recipient[] {
  const recipients = call.body.get('recipients')
  if (!Array.isArray(recipients)) throw invalid('recipients', 'The recipients field is required.')
  return recipients.map(fieldsOf).map((recipient) => {
    const localMessageId = textOf(recipient.get('local_message_id'))
    return {
      to: recipientOf(call, recipient),
      parameters: attributesOf(recipient.get('custom_params')),
      ...(localMessageId !== undefined && { localMessageId }),
    }
  })
}

/** A recipient is a `phone_number`, or else a `target`, whose prefix does not decide who sends. */
function recipientOf(call: Call, recipient: Fields): string {
  const phone = textOf(recipient.get('phone_number'))
  return phone === undefined
    ? contactOfTarget(call, recipient.get('target'))
    : contactOf(phone, 'phone_number')
}
