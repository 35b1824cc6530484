import type { SentFile, SentMessage } from './account.ts'
import { invalid } from './answer.ts'
import { contactOf, lineOf, required, textOf, type Call } from './call.ts'
import { conversationId } from './chat-book.ts'
import { idOf } from './id.ts'
import { mediaName } from './media.ts'
import { pageOf } from './page.ts'

const TICKET_STATUSES = ['OPEN', 'SOLVED', 'PENDING', 'BLOCK']
const FILE_TYPES = ['image', 'video', 'audio']

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
  const ticketStatus = ticketStatusOf(call.body.get('ticketStatus'), 'ticketStatus')
  const line = lineOf(call, call.body.get('channelPhoneNumber'))
  call.account.chats.set(line, contact, { ticketStatus })
  return { result: 'success' }
}

/** `POST assignOperator`: the conversation of one number with one contact; nobody without `email`. */
export function assignOperator(call: Call): unknown {
  const contact = contactOf(call.query.get('whatsappNumber') ?? call.query.get('target'), 'whatsappNumber')
  const line = lineOf(call, call.query.get('channelPhoneNumber'))
  call.account.chats.set(line, contact, { operator: textOf(call.query.get('email')) ?? '' })
  return { result: true }
}

/** One of the four states of a conversation. Throws a 400 for any other. */
export function ticketStatusOf(value: unknown, name: string): string {
  const ticketStatus = required(value, name)
  if (TICKET_STATUSES.includes(ticketStatus)) return ticketStatus
  throw invalid(name, `The ${name} is not one of ${TICKET_STATUSES.join(', ')}.`)
}

/** What kind of message this is, in Wati's word. */
export function messageType({ template, interactive, file }: SentMessage): string {
  if (template !== undefined) return 'template'
  if (interactive !== undefined) return 'interactive'
  return file === undefined ? 'text' : fileType(file)
}

function fileType({ contentType }: SentFile): string {
  return FILE_TYPES.find((type) => contentType.startsWith(`${type}/`)) ?? 'document'
}

/** A message as v1 lists it. */
export function messageItem(message: SentMessage): Record<string, unknown> {
  return {
    ...(message.template === undefined ? textItem(message) : broadcastItem(message)),
    localMessageId: message.localMessageId ?? null,
    statusString: 'SENT',
    failedDetail: null,
    id: message.id,
    created: message.at,
    conversationId: conversationId(message.from, message.to),
  }
}

function textItem(message: SentMessage): Record<string, unknown> {
  return {
    eventType: 'message',
    type: messageType(message),
    text: message.text ?? null,
    data: message.file === undefined ? (message.fileUrl ?? null) : mediaName(message.id),
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
