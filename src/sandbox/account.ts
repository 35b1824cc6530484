import { ContactBook, type Attribute } from './contact-book.ts'
import { ChatBook } from './chat-book.ts'
import { idOf, newId } from './id.ts'
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
  /** The contact's number, digits, or its BSUID. */
  readonly to: string
  readonly template?: string
  readonly broadcastId?: string
  readonly parameters?: readonly Attribute[]
  readonly broadcastName?: string
  /** RFC 3339; the sandbox sends at once what is scheduled. */
  readonly scheduledAt?: string
  /** The text, the body of an interactive message, or the caption of a file. */
  readonly text?: string
  readonly interactive?: 'buttons' | 'list'
  readonly file?: SentFile
  readonly fileUrl?: string
  readonly chatbotId?: string
  readonly localMessageId?: string
}

/** A file that was sent; its content was not kept. */
export interface SentFile {
  readonly name: string
  readonly contentType: string
  readonly size: number
  readonly sha256: string
}

/** What is in a message, apart from who wrote it to whom. */
export type MessageContent = Omit<SentMessage, 'id' | 'at' | 'from' | 'fromDefault' | 'to'>

/** One of the account's numbers as Wati's channels show it. */
export interface Channel {
  readonly id: string
  readonly name: string
  readonly number: string
}

/** One of the account's numbers, and whether it was only the default. */
export interface Line {
  readonly number: string
  readonly fromDefault: boolean
}

const MAX_MESSAGES = 10_000
const MAX_BYTES = 64 * 1024 * 1024

/** Everything the stand-in Wati knows: one account, its numbers, contacts, chats and messages. */
export class Account {
  readonly contacts: ContactBook
  readonly chats = new ChatBook()
  /** The first is the default. */
  readonly channels: readonly Channel[]
  readonly #defaultNumber: string
  readonly #now: () => number
  readonly #messages = new Shelf<SentMessage>(MAX_MESSAGES, MAX_BYTES)

  /** The first number is the default. Throws when there is none. */
  constructor(numbers: readonly string[], now: () => number) {
    const [first] = numbers
    if (first === undefined) throw new RangeError('The sandbox needs at least one number.')
    this.#defaultNumber = first
    this.channels = numbers.map((number, at) => ({
      id: idOf('channel', number),
      name: `Line ${at + 1}`,
      number,
    }))
    this.#now = now
    this.contacts = new ContactBook(now)
  }

  /** The number that a channel key means: none names the default, an unknown one gives `undefined`. */
  line(channelKey: string | undefined): Line | undefined {
    if (channelKey === undefined) return { number: this.#defaultNumber, fromDefault: true }
    const channel = this.channels.find(({ number }) => number === channelKey)
    return channel && { number: channel.number, fromDefault: false }
  }

  /** As `line`, in v3: there a channel is known by its name too. */
  lineOfChannel(nameOrNumber: string | undefined): Line | undefined {
    const named = this.channels.find(({ name }) => name === nameOrNumber)
    return this.line(named?.number ?? nameOrNumber)
  }

  /** The account's time, RFC 3339. */
  timestamp(): string {
    return new Date(this.#now()).toISOString()
  }

  send(line: Line, to: string, content: MessageContent): SentMessage {
    const message: SentMessage = {
      id: newId(),
      at: this.timestamp(),
      from: line.number,
      fromDefault: line.fromDefault,
      to,
      ...content,
    }
    this.#messages.add(message, JSON.stringify(message).length)
    this.chats.open(line.number, to)
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
}
