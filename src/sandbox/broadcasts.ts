import type { SentMessage } from './account.ts'
import { invalid, notFound } from './answer.ts'
import { lineOfChannel, textOf, type Call } from './call.ts'
import { idOf } from './id.ts'
import { pageOf } from './page.ts'

/** The messages of one sending of a template. */
interface Broadcast {
  readonly id: string
  readonly first: SentMessage
  readonly messages: readonly SentMessage[]
}

/** `GET broadcasts`: those of one channel, newest first. */
export function listBroadcasts(call: Call): unknown {
  const { items, link } = pageOf(call.query, broadcastsOfChannel(call), 'broadcasts')
  return {
    broadcasts: items.map(broadcastItem),
    page_number: link.pageNumber,
    page_size: link.pageSize,
    total: link.total,
  }
}

/** `GET broadcasts/overview`: the messages of one channel, counted. */
export function getBroadcastsOverview(call: Call): unknown {
  const sent = broadcastsOfChannel(call).flatMap(({ messages }) => messages).length
  return {
    total_links: 0,
    total_processing: 0,
    total_queued: 0,
    total_sent: sent,
    total_delivered: 0,
    total_open: 0,
    total_replied: 0,
    total_failed: 0,
    total_stopped: 0,
    total_sending: 0,
  }
}

/** `GET broadcasts/{broadcast_id}`, whichever channel sent it. */
export function getBroadcast(call: Call): unknown {
  const broadcast = broadcastOf(call)
  const sent = broadcast.messages.length
  return {
    ...broadcastItem(broadcast),
    statistics: {
      total_recipients: sent,
      total_pending: 0,
      total_queued: 0,
      total_sending: 0,
      total_sent: sent,
      total_delivered: 0,
      total_read: 0,
      total_replied: 0,
      total_failed: 0,
      total_stopped: 0,
    },
  }
}

/** `GET broadcasts/{broadcast_id}/recipients` */
export function listBroadcastRecipients(call: Call): unknown {
  const { items, link } = pageOf(call.query, broadcastOf(call).messages, 'recipients')
  return {
    recipients: items.map((message) => recipientItem(call, message)),
    page_number: link.pageNumber,
    page_size: link.pageSize,
    total_count: link.total,
  }
}

function broadcastsOfChannel(call: Call): Broadcast[] {
  const { number } = lineOfChannel(call, call.query.get('channel'))
  const from = dateIn(call, 'date_from') ?? -Infinity
  const to = dateIn(call, 'date_to') ?? Infinity
  return broadcasts(call)
    .filter(({ first }) => first.from === number)
    .filter(({ first }) => Date.parse(first.at) >= from && Date.parse(first.at) <= to)
    .reverse()
}

function broadcastOf(call: Call): Broadcast {
  const broadcast = broadcasts(call).find(({ id }) => id === call.path['broadcastId'])
  if (broadcast === undefined) throw notFound('No broadcast has this id.')
  return broadcast
}

/** Oldest first. */
function broadcasts(call: Call): Broadcast[] {
  const found = new Map<string, { id: string; first: SentMessage; messages: SentMessage[] }>()
  for (const message of call.account.messages()) {
    const id = message.broadcastId
    if (id === undefined) continue
    const broadcast = found.get(id)
    if (broadcast === undefined) found.set(id, { id, first: message, messages: [message] })
    else broadcast.messages.push(message)
  }
  return [...found.values()]
}

function broadcastItem({ id, first }: Broadcast): Record<string, unknown> {
  return {
    id,
    channel_id: idOf('channel', first.from),
    name: first.broadcastName ?? null,
    status: 'completed',
    template_id: idOf('template', first.template ?? ''),
    fallback_templates: [],
    created: first.at,
    last_updated: first.at,
    scheduled_at: first.scheduledAt ?? first.at,
  }
}

function recipientItem(call: Call, message: SentMessage): Record<string, unknown> {
  const contact = call.account.contacts.find(message.to)
  return {
    id: idOf('recipient', message.id),
    contact_id: contact?.id ?? null,
    contact_name: contact?.fullName ?? null,
    contact_phone: message.to,
    status: 'sent',
    failed_code: null,
    local_message_id: message.localMessageId ?? null,
    message_id: message.id,
    custom_params: message.parameters ?? [],
    created: message.at,
  }
}

/** Milliseconds since 1970. Wati wants both dates; the sandbox takes none for no bound. */
function dateIn(call: Call, name: string): number | undefined {
  const given = textOf(call.query.get(name))
  if (given === undefined) return undefined
  const date = Date.parse(given)
  if (Number.isNaN(date)) throw invalid(name, `The value '${given}' is not valid for ${name}.`)
  return date
}
