import { invalid, notFound, refused } from './answer.ts'
import { attributesOf, contactOf, isReachable, required, textOf, type Call } from './call.ts'
import type { Contact } from './contact-book.ts'
import { fieldsOf } from './fields.ts'
import { pageOf } from './page.ts'
import { contactOfTarget } from './target.ts'

/** `GET contacts`: those of the account, whatever number they talk to. */
export function listContacts(call: Call): unknown {
  const { items, link } = pageOf(call.query, call.account.contacts.list(), 'contacts')
  return { contact_list: items.map(v3Item), page_number: link.pageNumber, page_size: link.pageSize }
}

/** `GET contacts/count` */
export function countContacts(call: Call): unknown {
  return { contact_count: call.account.contacts.list().length }
}

/** `POST contacts`. A contact that is there already gets the new name and attributes. */
export function createContact(call: Call): unknown {
  const phone = contactOf(call.body.get('whatsapp_number'), 'whatsapp_number')
  if (!isReachable(call.account, phone)) throw refused('Invalid WhatsApp number.')
  const attributes = attributesOf(call.body.get('custom_params'))
  return v3Item(call.account.contacts.put(phone, textOf(call.body.get('name')), attributes))
}

/** `PUT contacts`: new attributes for each contact, or for none when one of them is wrong. */
export function updateContacts(call: Call): unknown {
  const contacts = call.body.get('contacts')
  if (!Array.isArray(contacts)) throw invalid('contacts', 'The contacts field is required.')
  const updates = contacts.map(fieldsOf).map((contact) => ({
    phone: contactOfTarget(call, contact.get('target')),
    attributes: attributesOf(contact.get('customParams')),
  }))
  if (!updates.every(({ phone }) => isReachable(call.account, phone))) {
    throw refused('Invalid WhatsApp number.')
  }
  const changed = updates.map(({ phone, attributes }) =>
    call.account.contacts.put(phone, undefined, attributes),
  )
  return { contact_list: changed.map(v3Item) }
}

/** `GET contacts/{target}` */
export function getContact(call: Call): unknown {
  return v3Item(knownContact(call, call.path['target']))
}

/** `PUT contacts/teams` */
export function assignContactTeams(call: Call): unknown {
  const teams = call.body.get('teams')
  if (!Array.isArray(teams)) throw invalid('teams', 'The teams field is required.')
  const contact = knownContact(call, call.body.get('target'))
  const names = teams.map((team) => required(team, 'teams'))
  call.account.contacts.setTeams(contact, names)
  return { result: true }
}

function knownContact(call: Call, target: unknown): Contact {
  const contact = call.account.contacts.find(contactOfTarget(call, target))
  if (contact === undefined) throw notFound('There is no such contact.')
  return contact
}

/** A contact as v3 shows it. */
function v3Item(contact: Contact): Record<string, unknown> {
  return {
    id: contact.id,
    wa_id: contact.wAid,
    name: contact.fullName,
    phone: contact.phone,
    photo: contact.photo,
    created: contact.created,
    last_updated: contact.lastUpdated,
    contact_status: contact.contactStatus,
    source: contact.source,
    channel_id: null,
    opted_in: contact.optedIn,
    allow_broadcast: contact.allowBroadcast,
    allow_sms: contact.allowSMS,
    teams: contact.teamIds,
    segments: [],
    custom_params: contact.customParams,
    channel_type: 'Whatsapp',
    display_name: contact.fullName ?? contact.phone,
  }
}
