import type { Line, MessageContent, SentMessage } from './account.ts'
import { invalid, json, refused, Refusal } from './answer.ts'
import { bodyOrQuery, contactOf, fileOf, isReachable, lineOf, required, textOf, type Call } from './call.ts'
import { messageItem } from './chats.ts'
import { fieldsOf, type Fields } from './fields.ts'

const MAX_TEXT_LENGTH = 4096
const MAX_BUTTONS = 3
const EXPIRED = 'Ticket has been expired.'

/** What Wati says when the contact wrote nothing in the last 24 hours. */
export const SESSION_EXPIRED = json({ result: false, message: EXPIRED, ticketStatus: 'BROADCAST' })

/** `POST sendSessionMessage/{whatsappNumber}`: text to a contact whose session is open. */
export function sendSessionMessage(call: Call): unknown {
  return send(call, 'path', { text: textIn(bodyOrQuery(call, 'messageText'), 'messageText') })
}

/** `POST sendSessionFile/{whatsappNumber}`: a file from a form. */
export function sendSessionFile(call: Call): unknown {
  return send(call, 'path', { file: fileOf(call), ...captionOf(call) })
}

/** `POST sendSessionFileViaUrl/{whatsappNumber}`: a file that Wati fetches; the sandbox does not. */
export function sendSessionFileViaUrl(call: Call): unknown {
  const fileUrl = required(bodyOrQuery(call, 'fileUrl'), 'fileUrl')
  return send(call, 'path', { fileUrl, ...captionOf(call) })
}

/** `POST sendInteractiveButtonsMessage`: one to three buttons. */
export function sendInteractiveButtonsMessage(call: Call): unknown {
  return send(call, 'query', readInteractive('buttons', call.body))
}

/** `POST sendInteractiveListMessage`: a list behind one button. */
export function sendInteractiveListMessage(call: Call): unknown {
  return send(call, 'query', readInteractive('list', call.body))
}

/**
 * Sends to a contact whose session is open, in v1 and v3.
 * Refuses contacts who are not on WhatsApp, or wrote nothing in the last 24 hours.
 */
export function sendInSession(
  call: Call,
  line: Line,
  to: string,
  content: Omit<MessageContent, 'operation'>,
): SentMessage {
  if (!isReachable(call.account, to)) throw refused('Invalid WhatsApp number.')
  if (call.account.contacts.presence(to).session === 'expired') throw new Refusal(SESSION_EXPIRED, EXPIRED)
  call.account.contacts.put(to)
  return call.account.send(line, to, { operation: call.operation, ...content })
}

/** The text of a message, white space and all. Throws the 400 of none, or of too much. */
export function textIn(value: unknown, name: string): string {
  const text = required(value, name)
  if (text.length <= MAX_TEXT_LENGTH) return text
  throw invalid(name, `The ${name} field is longer than ${MAX_TEXT_LENGTH} characters.`)
}

/** The text over a file, from the body or the query. */
export function captionOf(call: Call): { text?: string } {
  const text = textOf(bodyOrQuery(call, 'caption'))
  return text === undefined ? {} : { text }
}

/** An interactive message, of which the sandbox keeps the body. Throws the 400 of one with nothing to press. */
export function readInteractive(interactive: 'buttons' | 'list', fields: Fields) {
  const choices = interactive === 'buttons' ? fields.get('buttons') : fields.get('sections')
  if (!Array.isArray(choices) || choices.length === 0) {
    throw invalid(interactive, `A message of type ${interactive} needs something to choose from.`)
  }
  if (interactive === 'buttons' && choices.length > MAX_BUTTONS) {
    throw invalid(interactive, `There are more than ${MAX_BUTTONS} buttons.`)
  }
  if (interactive === 'buttons') choices.forEach((choice) => required(fieldsOf(choice).get('text'), 'text'))
  else required(fields.get('buttonText'), 'buttonText')
  return { interactive, text: textIn(fields.get('body'), 'body') }
}

/** Sends to the contact whom the path or the query names, and answers as v1 does. */
function send(call: Call, place: 'path' | 'query', content: Omit<MessageContent, 'operation'>): unknown {
  const { path, query } = call
  const contact =
    place === 'path' ? path['whatsappNumber'] : (query.get('whatsappNumber') ?? query.get('target'))
  const to = contactOf(contact, 'whatsappNumber')
  // The interactive messages read their number in the query alone.
  const line = lineOf(
    call,
    place === 'path' ? bodyOrQuery(call, 'channelPhoneNumber') : query.get('channelPhoneNumber'),
  )
  const localMessageId = textOf(bodyOrQuery(call, 'localMessageId'))
  const message = sendInSession(call, line, to, {
    ...content,
    ...(localMessageId !== undefined && { localMessageId }),
  })
  return { ok: true, result: 'success', message: messageItem(message) }
}
