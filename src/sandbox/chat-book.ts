import { idOf } from './id.ts'

/** The conversation of one of the account's numbers with one contact. */
export interface Chat {
  readonly channel: string
  readonly contact: string
  readonly ticketStatus: string
  /** The address of the operator it was given to. */
  readonly operator?: string
  /** True when the last request that changed it named no number. */
  readonly fromDefault: boolean
}

/** Which number talks to which contact. */
export interface Conversation {
  readonly number: string
  readonly contact: string
}

const MAX_CHATS = 10_000

/** The conversations of the account, and what was set on them. Forgets the oldest above 10,000. */
export class ChatBook {
  readonly #conversations = new Map<string, Conversation>()
  readonly #chats = new Map<string, Chat>()

  /** From now on the conversation is found by its id. */
  open(number: string, contact: string): string {
    const id = conversationId(number, contact)
    keep(this.#conversations, id, { number, contact })
    return id
  }

  /** The conversation with this id, whichever number has it. */
  find(id: string): Conversation | undefined {
    return this.#conversations.get(id.toLowerCase())
  }

  set(
    line: { readonly number: string; readonly fromDefault: boolean },
    contact: string,
    change: Partial<Pick<Chat, 'ticketStatus' | 'operator'>>,
  ): void {
    const id = this.open(line.number, contact)
    const known = this.#chats.get(id) ?? { channel: line.number, contact, ticketStatus: 'OPEN' }
    keep(this.#chats, id, { ...known, ...change, fromDefault: line.fromDefault })
  }

  /** The chats on which something was set, oldest first. */
  list(): Chat[] {
    return [...this.#chats.values()]
  }
}

/** The id of a conversation is always the same. */
export function conversationId(number: string, contact: string): string {
  return idOf(number, contact)
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_CHATS && oldest !== undefined) map.delete(oldest)
}
