import { invalid, refused } from './answer.ts'
import { attributesOf, contactOf, isReachable, textOf, type Call } from './call.ts'
import { fieldsOf } from './fields.ts'
import { pageOf } from './page.ts'

/** `GET getContacts`: the contacts of the account, whatever number they talk to. */
export function getContacts(call: Call): unknown {
  const name = textOf(call.query.get('name'))?.toLowerCase()
  const contacts = call.account.contacts
    .list()
    .filter(({ fullName }) => name === undefined || fullName?.toLowerCase().includes(name) === true)
  const page = pageOf(call.query, contacts, 'getContacts')
  return { result: 'success', contact_list: page.items, link: page.link }
}

/** `POST addContact/{whatsappNumber}`. A contact that is there already gets the new name and attributes. */
export function addContact(call: Call): unknown {
  const phone = contactOf(call.path['whatsappNumber'], 'whatsappNumber')
  if (!isReachable(call.account, phone)) throw refused('Invalid WhatsApp number.')
  const attributes = attributesOf(call.body.get('customParams'))
  return {
    result: true,
    contact: call.account.contacts.put(phone, textOf(call.body.get('name')), attributes),
  }
}

/** `POST updateContactAttributes/{whatsappNumber}` */
export function updateContactAttributes(call: Call): unknown {
  const phone = contactOf(call.path['whatsappNumber'], 'whatsappNumber')
  if (!isReachable(call.account, phone)) throw refused('Invalid WhatsApp number.')
  call.account.contacts.put(phone, undefined, attributesOf(call.body.get('customParams')))
  return { result: true }
}

/** `POST updateContactAttributesForMultiContacts` */
export function updateContactAttributesForMultiContacts(call: Call): unknown {
  const contacts = call.body.get('contacts')
  if (!Array.isArray(contacts)) throw invalid('contacts', 'The contacts field is required.')
  const updates = contacts.map(fieldsOf).map((contact) => ({
    phone: contactOf(contact.get('whatsappNumber') ?? contact.get('target'), 'whatsappNumber'),
    attributes: attributesOf(contact.get('customParams')),
  }))
  if (!updates.every(({ phone }) => isReachable(call.account, phone)))
    throw refused('Invalid WhatsApp number.')
  for (const { phone, attributes } of updates) call.account.contacts.put(phone, undefined, attributes)
  return { result: true }
}
