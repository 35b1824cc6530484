import { ContactBook, type Attribute } from './contact-book.ts'
import { newId } from './id.ts'
import { Shelf } from './shelf.ts'

/** A message that the sandbox took for delivery. */
export interface SentMessage {
  readonly id: string
  /** RFC 3339. */
  readonly at: string
  readonly operation: string
  /** The account's number it was sent from. */
  readonly from: string
  /** True when the request named no number, so that Wati took its default: what must never happen. */
  readonly fromDefault: boolean
  /** The contact's number, digits. */
  readonly to: string
  readonly template?: string
  readonly parameters?: readonly Attribute[]
  readonly broadcastName?: string
  readonly text?: string
  readonly localMessageId?: string
}

type MessageContent = Omit<SentMessage, 'id' | 'at' | 'from' | 'fromDefault' | 'to'>

/** The conversation of one of the account's numbers with one contact. */
export interface Chat {
  readonly channel: string
  readonly contact: string
  readonly ticketStatus: string
  /** True when the request that set the status named no number. */
  readonly fromDefault: boolean
}

/** One of the account's numbers, and whether it was only the default. */
export interface Line {
  readonly number: string
  readonly fromDefault: boolean
}

const MAX_MESSAGES = 10_000
const MAX_CHATS = 10_000
const MAX_BYTES = 64 * 1024 * 1024

/** Everything the stand-in Wati knows: one account, its numbers, contacts, chats and messages. */
export class Account {
  readonly contacts: ContactBook
  readonly #numbers: ReadonlySet<string>
  readonly #defaultNumber: string
  readonly #now: () => number
  readonly #messages = new Shelf<SentMessage>(MAX_MESSAGES, MAX_BYTES)
  readonly #chats = new Map<string, Chat>()

  /** The first number is the default. Throws when there is none. */
  constructor(numbers: readonly string[], now: () => number) {
    const [first] = numbers
    if (first === undefined) throw new RangeError('The sandbox needs at least one number.')
    this.#defaultNumber = first
    this.#numbers = new Set(numbers)
    this.#now = now
    this.contacts = new ContactBook(now)
  }

  /** The number that a channel key means: none names the default, an unknown one gives `undefined`. */
  line(channelKey: string | undefined): Line | undefined {
    if (channelKey === undefined) return { number: this.#defaultNumber, fromDefault: true }
    return this.#numbers.has(channelKey) ? { number: channelKey, fromDefault: false } : undefined
  }

  send(line: Line, to: string, content: MessageContent): SentMessage {
    const message: SentMessage = {
      id: newId(),
      at: new Date(this.#now()).toISOString(),
      from: line.number,
      fromDefault: line.fromDefault,
      to,
      ...content,
    }
    this.#messages.add(message, JSON.stringify(message).length)
    return message
  }

  /** Oldest first. */
  messages(): SentMessage[] {
    return this.#messages.items()
  }

  /** The messages between one number and one contact, newest first, as Wati lists them. */
  conversation(number: string, contact: string): SentMessage[] {
    return this.messages()
      .filter(({ from, to }) => from === number && to === contact)
      .reverse()
  }

  clearMessages(): void {
    this.#messages.clear()
  }

  setChatStatus(line: Line, contact: string, ticketStatus: string): void {
    const key = `${line.number}/${contact}`
    this.#chats.set(key, { channel: line.number, contact, ticketStatus, fromDefault: line.fromDefault })
    const [oldest] = this.#chats.keys()
    if (this.#chats.size > MAX_CHATS && oldest !== undefined) this.#chats.delete(oldest)
  }

  chats(): Chat[] {
    return [...this.#chats.values()]
  }
}
