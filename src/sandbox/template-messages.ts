import { invalid, refused } from './answer.ts'
import { attributesOf, contactOf, isReachable, lineOf, required, type Call } from './call.ts'
import { fieldsOf } from './fields.ts'
import { newId } from './id.ts'

const MAX_RECEIVERS = 1000

/** `POST sendTemplateMessage`: one template to the contact that the query names. */
export function sendTemplateMessage(call: Call): unknown {
  const to = contactOf(call.query.get('whatsappNumber') ?? call.query.get('target'), 'whatsappNumber')
  const template = readTemplate(call)
  const parameters = attributesOf(call.body.get('parameters'))
  const line = lineOf(call, call.body.get('channelNumber'))
  if (!isReachable(call.account, to)) {
    throw refused('Invalid WhatsApp number.', { phone_number: to, validWhatsAppNumber: false })
  }
  const message = call.account.send(line, to, { operation: call.operation, ...template, parameters })
  return {
    result: true,
    phone_number: to,
    template_name: template.template,
    // Wati's own spelling.
    parameteres: parameters,
    contact: call.account.contacts.put(to),
    model: { ids: [message.id] },
    validWhatsAppNumber: true,
  }
}

/** `POST sendTemplateMessages`: one template to at most 1000 receivers, all from one number. */
export function sendTemplateMessages(call: Call): unknown {
  const template = readTemplate(call)
  const receivers = call.body.get('receivers')
  if (!Array.isArray(receivers)) throw invalid('receivers', 'The receivers field is required.')
  if (receivers.length > MAX_RECEIVERS) throw refused(`More than ${MAX_RECEIVERS} receivers.`)
  const contacts = receivers.map(fieldsOf).map((receiver) => ({
    to: contactOf(receiver.get('whatsappNumber') ?? receiver.get('target'), 'whatsappNumber'),
    parameters: attributesOf(receiver.get('customParams')),
  }))
  const line = lineOf(call, call.body.get('channelNumber'))
  const reachable = contacts.filter(({ to }) => isReachable(call.account, to))
  for (const { to, parameters } of reachable) {
    call.account.send(line, to, { operation: call.operation, ...template, parameters })
    call.account.contacts.put(to)
  }
  const unreachable = contacts.filter((contact) => !reachable.includes(contact)).map(({ to }) => to)
  return {
    result: reachable.length > 0,
    errors: { error: '', invalidWhatsappNumbers: unreachable, invalidCustomParameters: [] },
  }
}

/** What v1 and v3 call alike: the template, and the broadcast that every sending makes. Throws the 400 without. */
export function readTemplate(call: Call) {
  return {
    broadcastId: newId(),
    template: required(call.body.get('template_name'), 'template_name'),
    broadcastName: required(call.body.get('broadcast_name'), 'broadcast_name'),
  }
}
