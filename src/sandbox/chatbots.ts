import type { Call } from './call.ts'
import { idOf } from './id.ts'
import { pageOf } from './page.ts'

interface Chatbot {
  readonly id: string
  readonly name: string
  /** RFC 3339. */
  readonly created: string
}

const CHATBOTS: readonly Chatbot[] = ['Welcome', 'Opening hours'].map((name) => ({
  id: idOf('chatbot', name),
  name,
  created: '2026-01-01T00:00:00.000Z',
}))

export function chatbotOf(id: string): Chatbot | undefined {
  return CHATBOTS.find((chatbot) => chatbot.id === id)
}

/** `GET chatbots` (v1): a bare list. */
export function chatbots(): unknown {
  return CHATBOTS
}

/** `GET chatbots` (v3) */
export function listChatbots(call: Call): unknown {
  const { items, link } = pageOf(call.query, CHATBOTS, 'chatbots')
  return { chatbot_list: items, page_number: link.pageNumber, page_size: link.pageSize }
}
