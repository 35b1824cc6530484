import type { SentMessage } from './account.ts'
import { invalid } from './answer.ts'
import { contactOf, lineOf, required, type Call } from './call.ts'
import { idOf } from './id.ts'
import { pageOf } from './page.ts'

const TICKET_STATUSES = ['OPEN', 'SOLVED', 'PENDING', 'BLOCK']

/** `GET getMessages/{whatsappNumber}`: the conversation of one number with one contact, newest first. */
export function getMessages(call: Call): unknown {
  const contact = contactOf(call.path['whatsappNumber'], 'whatsappNumber')
  const line = lineOf(call, call.query.get('channelPhoneNumber'))
  const page = pageOf(call.query, call.account.conversation(line.number, contact), 'getMessages')
  return {
    result: 'success',
    messages: {
      items: page.items.map(messageItem),
      pageNumber: page.link.pageNumber,
      pageSize: page.link.pageSize,
      total: page.link.total,
    },
    link: page.link,
  }
}

/** `POST updateChatStatus`: the state of the conversation of one number with one contact. */
export function updateChatStatus(call: Call): unknown {
  const contact = contactOf(call.body.get('whatsappNumber') ?? call.body.get('target'), 'whatsappNumber')
  const ticketStatus = required(call.body.get('ticketStatus'), 'ticketStatus')
  if (!TICKET_STATUSES.includes(ticketStatus)) {
    throw invalid('ticketStatus', `The ticketStatus is not one of ${TICKET_STATUSES.join(', ')}.`)
  }
  const line = lineOf(call, call.body.get('channelPhoneNumber'))
  call.account.chats.set(line, contact, { ticketStatus })
  return { result: 'success' }
}

/** A message as Wati lists it. */
export function messageItem(message: SentMessage): Record<string, unknown> {
  return {
    ...(message.template === undefined ? textItem(message) : broadcastItem(message)),
    localMessageId: message.localMessageId ?? null,
    statusString: 'SENT',
    failedDetail: null,
    id: message.id,
    created: message.at,
    conversationId: idOf(message.from, message.to),
  }
}

function textItem(message: SentMessage): Record<string, unknown> {
  return {
    eventType: 'message',
    type: 'text',
    text: message.text,
    data: null,
    timestamp: String(Math.floor(Date.parse(message.at) / 1000)),
    owner: true,
    avatarUrl: null,
    assignedId: null,
    operatorName: null,
    ticketId: idOf('ticket', message.from, message.to),
  }
}

function broadcastItem(message: SentMessage): Record<string, unknown> {
  const [year, month, day] = message.at.slice(0, 10).split('-')
  const values = (message.parameters ?? []).map(({ name, value }) => `${name}: ${value}`)
  return {
    eventType: 'broadcastMessage',
    eventDescription: `Broadcast message with using "${message.template}" template was received ${day}|${month}|${year}`,
    // The sandbox knows no template's words, so it shows what they would be filled with.
    finalText: [message.template, ...values].join('\n'),
    template: null,
    mediaHeaderLink: null,
    ticketId: null,
  }
}
