import type { BodyType } from './operations.ts'

const CONTACT = '5511988887777'
const CUSTOM = [{ name: 'city', value: 'São Paulo' }]
const PAGE = 'pageSize=20&pageNumber=1'

/** What a field in the path may hold. */
const PARAMETERS: Readonly<Record<string, string>> = {
  whatsappNumber: CONTACT,
  target: CONTACT,
  message_id: '000000000000000000000001',
  template_id: '000000000000000000000001',
  broadcast_id: '000000000000000000000001',
}

interface Sample {
  readonly query?: string
  readonly json?: unknown
  /** Fields of a form, whether it is urlencoded or multipart. */
  readonly fields?: Readonly<Record<string, string>>
}

const TEMPLATE = { template_name: 'welcome', broadcast_name: 'welcome-1' }
const ONE_TEMPLATE: Sample = {
  query: `whatsappNumber=${CONTACT}`,
  json: { ...TEMPLATE, parameters: [{ name: 'name', value: 'Ana' }] },
}
const MANY_TEMPLATES: Sample = {
  json: {
    ...TEMPLATE,
    receivers: [{ whatsappNumber: CONTACT, customParams: [{ name: 'name', value: 'Ana' }] }],
  },
}
const RECIPIENTS = [{ phone_number: CONTACT, custom_params: [{ name: 'name', value: 'Ana' }] }]
const FILE = 'https://example.com/prices.pdf'

/** Something to begin with, by endpoint. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  'POST /api/v1/sendTemplateMessage': ONE_TEMPLATE,
  'POST /api/v2/sendTemplateMessage': ONE_TEMPLATE,
  'POST /api/v1/sendTemplateMessages': MANY_TEMPLATES,
  'POST /api/v2/sendTemplateMessages': MANY_TEMPLATES,
  'POST /api/v1/sendSessionMessage/{whatsappNumber}': {
    query: 'messageText=Hello',
    json: { messageText: 'Hello' },
    fields: { messageText: 'Hello' },
  },
  'POST /api/v1/sendSessionFile/{whatsappNumber}': { fields: { caption: 'Our prices' } },
  'POST /api/v1/sendSessionFileViaUrl/{whatsappNumber}': {
    query: `fileUrl=${encodeURIComponent(FILE)}&caption=Prices`,
    json: { fileUrl: FILE, caption: 'Our prices' },
  },
  'POST /api/v1/sendInteractiveButtonsMessage': {
    query: `whatsappNumber=${CONTACT}`,
    json: { body: 'Shall we call you?', buttons: [{ text: 'Yes' }, { text: 'No' }] },
  },
  'POST /api/v1/sendInteractiveListMessage': {
    query: `whatsappNumber=${CONTACT}`,
    json: {
      body: 'When shall we call you?',
      buttonText: 'Choose',
      sections: [{ title: 'Today', rows: [{ title: 'Morning' }, { title: 'Afternoon' }] }],
    },
  },
  'GET /api/v1/getMessages/{whatsappNumber}': { query: PAGE },
  'GET /api/v1/getMedia': { query: 'fileName=data/media/000000000000000000000001' },
  'POST /api/v1/updateChatStatus': { json: { whatsappNumber: CONTACT, ticketStatus: 'SOLVED' } },
  'POST /api/v1/assignOperator': { query: `whatsappNumber=${CONTACT}&email=ana@example.com` },
  'GET /api/v1/getMessageTemplates': { query: PAGE },
  'GET /api/v2/getMessageTemplates': { query: PAGE },
  'GET /api/v1/getContacts': { query: PAGE },
  'POST /api/v1/addContact/{whatsappNumber}': { json: { name: 'Ana', customParams: CUSTOM } },
  'POST /api/v1/updateContactAttributes/{whatsappNumber}': { json: { customParams: CUSTOM } },
  'POST /api/v1/updateContactAttributesForMultiContacts': {
    json: { contacts: [{ whatsappNumber: CONTACT, customParams: CUSTOM }] },
  },
  'POST /api/ext/v3/conversations/messages/text': { json: { target: CONTACT, text: 'Hello' } },
  'POST /api/ext/v3/conversations/messages/fileViaUrl': {
    json: { target: CONTACT, file_url: FILE, caption: 'Our prices' },
  },
  'POST /api/ext/v3/conversations/messages/interactive': {
    json: {
      target: CONTACT,
      type: 'buttons',
      button_message: { body: 'Shall we call you?', buttons: [{ text: 'Yes' }, { text: 'No' }] },
    },
  },
  'POST /api/ext/v3/conversations/messages/file': { fields: { target: CONTACT, caption: 'Our prices' } },
  'GET /api/ext/v3/conversations/{target}/messages': { query: PAGE },
  'PUT /api/ext/v3/conversations/{target}/operator': { json: { assignee_email: 'ana@example.com' } },
  'PUT /api/ext/v3/conversations/{target}/status': { json: { new_status: 'SOLVED' } },
  'POST /api/ext/v3/messageTemplates/send': { json: { ...TEMPLATE, recipients: RECIPIENTS } },
  'POST /api/ext/v3/messageTemplates/schedule': {
    json: { ...TEMPLATE, scheduled_at: '2030-01-01T09:00:00Z', recipients: RECIPIENTS },
  },
  'GET /api/ext/v3/messageTemplates': { query: PAGE },
  'GET /api/ext/v3/broadcasts': { query: PAGE },
  'POST /api/ext/v3/broadcasts/estimate-cost': { json: { contact_ids: ['000000000000000000000001'] } },
  'POST /api/ext/v3/chatbots/start': { json: { target: CONTACT, chatbot_id: '000000000000000000000001' } },
  'GET /api/ext/v3/contacts': { query: PAGE },
  'POST /api/ext/v3/contacts': {
    json: { whatsapp_number: CONTACT, name: 'Ana', custom_params: CUSTOM },
  },
  'PUT /api/ext/v3/contacts': { json: { contacts: [{ target: CONTACT, customParams: CUSTOM }] } },
  'PUT /api/ext/v3/contacts/teams': { json: { target: CONTACT, teams: ['Sales'] } },
}

export function sampleParameter(name: string): string {
  return PARAMETERS[name] ?? ''
}

export function sampleQuery(endpoint: string): string {
  return SAMPLES[endpoint]?.query ?? ''
}

/** A body of this type, as it is typed here: JSON, or a field a line. */
export function sampleBody(endpoint: string, type: BodyType): string {
  const { json, fields = {} } = SAMPLES[endpoint] ?? {}
  switch (type) {
    case 'none':
      return ''
    case 'json':
      return JSON.stringify(json ?? {}, null, 2)
    case 'form':
    case 'multipart':
      return Object.entries(fields)
        .map(([name, value]) => `${name}=${value}`)
        .join('\n')
  }
}
