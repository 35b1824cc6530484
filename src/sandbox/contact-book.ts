import { newId } from './id.ts'

/** A name and a value that users keep on a contact, and that templates are filled with. */
export interface Attribute {
  readonly name: string
  readonly value: string
}

/** A contact as Wati's answers show it. */
export interface Contact {
  readonly id: string
  readonly wAid: string
  readonly firstName: string | null
  readonly fullName: string | null
  readonly phone: string
  readonly source: string | null
  readonly contactStatus: 'VALID' | 'INVALID'
  readonly photo: string | null
  /** Such as `May-14-2024`. */
  readonly created: string
  readonly customParams: readonly Attribute[]
  readonly optedIn: boolean
  readonly isDeleted: boolean
  /** RFC 3339. */
  readonly lastUpdated: string
  readonly allowBroadcast: boolean
  readonly allowSMS: boolean
  readonly teamIds: readonly string[]
}

/** What a test may decide about a person: whether they use WhatsApp, and wrote in the last 24 hours. */
export interface Presence {
  readonly session: 'open' | 'expired'
  readonly onWhatsApp: boolean
}

const MAX_CONTACTS = 10_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** The contacts of the account: shared by all its numbers. Forgets the oldest above 10,000. */
export class ContactBook {
  readonly #now: () => number
  readonly #contacts = new Map<string, Contact>()
  readonly #presences = new Map<string, Presence>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Oldest first. */
  list(): Contact[] {
    return [...this.#contacts.values()]
  }

  /** Makes the contact when it is new; gives it its name and attributes, keeps the others it had. */
  put(phone: string, name?: string, attributes: readonly Attribute[] = []): Contact {
    const known = this.#contacts.get(phone) ?? this.#fresh(phone)
    const customParams = new Map(known.customParams.map((attribute) => [attribute.name, attribute]))
    for (const attribute of attributes) customParams.set(attribute.name, attribute)
    const contact: Contact = {
      ...known,
      ...(name !== undefined && { firstName: name, fullName: name }),
      customParams: [...customParams.values()],
      contactStatus: this.presence(phone).onWhatsApp ? 'VALID' : 'INVALID',
      lastUpdated: new Date(this.#now()).toISOString(),
    }
    keep(this.#contacts, phone, contact)
    return contact
  }

  /** The contact with this ContactId, number or BSUID. */
  find(idOrPhone: string): Contact | undefined {
    const byPhone = this.#contacts.get(idOrPhone)
    if (byPhone !== undefined) return byPhone
    for (const contact of this.#contacts.values()) if (contact.id === idOrPhone.toLowerCase()) return contact
    return undefined
  }

  setTeams(contact: Contact, teamIds: readonly string[]): void {
    keep(this.#contacts, contact.phone, { ...contact, teamIds })
  }

  presence(phone: string): Presence {
    return this.#presences.get(phone) ?? { session: 'open', onWhatsApp: true }
  }

  setPresence(phone: string, presence: Presence): void {
    keep(this.#presences, phone, presence)
  }

  #fresh(phone: string): Contact {
    const created = new Date(this.#now())
    const day = String(created.getUTCDate()).padStart(2, '0')
    return {
      id: newId(),
      wAid: phone,
      firstName: null,
      fullName: null,
      phone,
      source: null,
      contactStatus: 'VALID',
      photo: null,
      created: `${MONTHS[created.getUTCMonth()]}-${day}-${created.getUTCFullYear()}`,
      customParams: [],
      optedIn: false,
      isDeleted: false,
      lastUpdated: created.toISOString(),
      allowBroadcast: true,
      allowSMS: true,
      teamIds: [],
    }
  }
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > MAX_CONTACTS && oldest !== undefined) map.delete(oldest)
}
