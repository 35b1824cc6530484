import type { MessageContent, SentMessage } from './account.ts'
import { invalid, refused } from './answer.ts'
import { fileOf, required, textOf, type Call } from './call.ts'
import { conversationId } from './chat-book.ts'
import { chatbotOf } from './chatbots.ts'
import { messageType, ticketStatusOf } from './chats.ts'
import { fieldsOf } from './fields.ts'
import { idOf } from './id.ts'
import { pageOf } from './page.ts'
import { captionOf, readInteractive, sendInSession, textIn } from './session-messages.ts'
import { conversationOf } from './target.ts'

/** `POST conversations/messages/text` */
export function sendText(call: Call): unknown {
  return send(call, { text: textIn(call.body.get('text'), 'text') })
}

/** `POST conversations/messages/file`: a form with `target`, `file` and `caption`, in any order. */
export function sendFile(call: Call): unknown {
  return send(call, { file: fileOf(call), ...captionOf(call) })
}

/** `POST conversations/messages/fileViaUrl`: a file that Wati fetches; the sandbox does not. */
export function sendFileViaUrl(call: Call): unknown {
  return send(call, { fileUrl: required(call.body.get('file_url'), 'file_url'), ...captionOf(call) })
}

/** `POST conversations/messages/interactive`: the body's `type` says whether buttons or a list. */
export function sendInteractive(call: Call): unknown {
  const type = required(call.body.get('type'), 'type')
  if (type !== 'buttons' && type !== 'list') throw invalid('type', 'The type is not one of buttons, list.')
  const message = call.body.get(type === 'buttons' ? 'button_message' : 'list_message')
  return send(call, readInteractive(type, fieldsOf(message)))
}

/** `POST chatbots/start`: kept like a message, for it makes Wati write to the contact. */
export function startChatbot(call: Call): unknown {
  const chatbotId = required(call.body.get('chatbot_id'), 'chatbot_id')
  if (chatbotOf(chatbotId) === undefined) throw refused('There is no such chatbot.')
  send(call, { chatbotId })
  return { result: true }
}

/** `GET conversations/{target}/messages`: newest first. */
export function listConversationMessages(call: Call): unknown {
  const { line, contact } = conversationOf(call, call.path['target'])
  const { items, link } = pageOf(call.query, call.account.conversation(line.number, contact), 'messages')
  return { message_list: items.map(v3Item), page_number: link.pageNumber, page_size: link.pageSize }
}

/** `PUT conversations/{target}/operator`: nobody without `assignee_email`. */
export function assignConversationOperator(call: Call): unknown {
  const { line, contact } = conversationOf(call, call.path['target'])
  call.account.chats.set(line, contact, { operator: textOf(call.body.get('assignee_email')) ?? '' })
  return { result: true }
}

/** `PUT conversations/{target}/status`. The new status may be written in small letters. */
export function updateConversationStatus(call: Call): unknown {
  const { line, contact } = conversationOf(call, call.path['target'])
  const status = required(call.body.get('new_status'), 'new_status').toUpperCase()
  call.account.chats.set(line, contact, { ticketStatus: ticketStatusOf(status, 'new_status') })
  return { result: true }
}

function send(call: Call, content: Omit<MessageContent, 'operation'>): unknown {
  const { line, contact } = conversationOf(call, call.body.get('target'))
  return { message: v3Item(sendInSession(call, line, contact, content)) }
}

/** A message as v3 shows it. */
function v3Item(message: SentMessage): Record<string, unknown> {
  return {
    id: message.id,
    text: message.text ?? null,
    type: messageType(message),
    timestamp: String(Math.floor(Date.parse(message.at) / 1000)),
    owner: true,
    status: 'SENT',
    avatar_url: null,
    assigned_id: null,
    operator_name: null,
    failed_detail: null,
    bot_type: null,
    local_message_id: message.localMessageId ?? null,
    created: message.at,
    conversation_id: conversationId(message.from, message.to),
    ticket_id: idOf('ticket', message.from, message.to),
    event_type: message.template === undefined ? 'message' : 'broadcastMessage',
  }
}
