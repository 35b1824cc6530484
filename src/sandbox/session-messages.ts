import { invalid, refused, Refusal, json } from './answer.ts'
import { bodyOrQuery, contactOf, isReachable, lineOf, required, textOf, type Call } from './call.ts'
import { messageItem } from './chats.ts'

const MAX_TEXT_LENGTH = 4096

/** What Wati says when the contact wrote nothing in the last 24 hours. */
export const SESSION_EXPIRED = json({
  result: false,
  message: 'Ticket has been expired.',
  ticketStatus: 'BROADCAST',
})

/** `POST sendSessionMessage/{whatsappNumber}`: text to a contact whose session is open. */
export function sendSessionMessage(call: Call): unknown {
  const to = contactOf(call.path['whatsappNumber'], 'whatsappNumber')
  const text = required(bodyOrQuery(call, 'messageText'), 'messageText')
  if (text.length > MAX_TEXT_LENGTH) {
    throw invalid('messageText', `The messageText field is longer than ${MAX_TEXT_LENGTH} characters.`)
  }
  const line = lineOf(call, bodyOrQuery(call, 'channelPhoneNumber'))
  if (!isReachable(call.account, to)) throw refused('Invalid WhatsApp number.')
  if (call.account.contacts.presence(to).session === 'expired') throw new Refusal(SESSION_EXPIRED)
  call.account.contacts.put(to)
  const localMessageId = textOf(bodyOrQuery(call, 'localMessageId'))
  const message = call.account.send(line, to, {
    operation: 'sendSessionMessage',
    text,
    ...(localMessageId !== undefined && { localMessageId }),
  })
  return { ok: true, result: 'success', message: messageItem(message) }
}
