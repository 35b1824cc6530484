import type { Line } from './account.ts'
import { invalid, notFound } from './answer.ts'
import { lineOfChannel, required, type Call } from './call.ts'

/** Whom a v3 request is about, and which number talks to them. */
export interface Target {
  readonly line: Line
  /** The contact's number or BSUID. */
  readonly contact: string
}

const ID = /^[0-9a-f]{24}$/i

/**
 * The conversation that a `target` names: `recipient` or `Channel:recipient`.
 * A bare ConversationId is that conversation, whichever number has it; behind a prefix it is read as a ContactId.
 * Refuses a channel that the account does not have, and an id that nothing has.
 */
export function conversationOf(call: Call, target: unknown): Target {
  const { channel, recipient } = split(target)
  const conversation = channel === undefined ? call.account.chats.find(recipient) : undefined
  if (conversation !== undefined) {
    return { line: { number: conversation.number, fromDefault: false }, contact: conversation.contact }
  }
  const line = lineOfChannel(call, channel)
  return { line, contact: recipientOf(call, recipient) }
}

/** The contact that a `target` names, by its number, ContactId or BSUID. A prefix must name a known channel. */
export function contactOfTarget(call: Call, target: unknown): string {
  const { channel, recipient } = split(target)
  lineOfChannel(call, channel)
  return recipientOf(call, recipient)
}

function split(target: unknown): { channel: string | undefined; recipient: string } {
  const parts = required(target, 'target').split(':')
  if (parts.length > 2) throw invalid('target', 'The target has more than one colon.')
  const recipient = required(parts.at(-1), 'target').trim()
  return { channel: parts.length === 2 ? parts[0] : undefined, recipient }
}

function recipientOf(call: Call, recipient: string): string {
  if (!ID.test(recipient)) return recipient.replace(/^\+|[\s-]/g, '')
  const contact = call.account.contacts.find(recipient)
  if (contact === undefined) throw notFound('No contact or conversation has this id.')
  return contact.phone
}
