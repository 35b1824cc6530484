import { chatbots } from './chatbots.ts'
import { assignOperator, getMessages, updateChatStatus } from './chats.ts'
import {
  addContact,
  getContacts,
  updateContactAttributes,
  updateContactAttributesForMultiContacts,
} from './contacts.ts'
import { getMedia } from './media.ts'
import { get, getFile, post, type Endpoint, type Operation } from './operation.ts'
import { getPhoneNumbers, getPhoneNumbersOfChannels } from './phone-numbers.ts'
import {
  sendInteractiveButtonsMessage,
  sendInteractiveListMessage,
  sendSessionFile,
  sendSessionFileViaUrl,
  sendSessionMessage,
} from './session-messages.ts'
import { sendTemplateMessage, sendTemplateMessages } from './template-messages.ts'
import { getMessageTemplates, getMessageTemplatesOfAccount } from './templates.ts'
import { V3 } from './v3-operations.ts'

const V1: readonly Endpoint[] = [
  post('sendTemplateMessage', 'sendTemplateMessage', ['json'], sendTemplateMessage),
  post('sendTemplateMessages', 'sendTemplateMessages', ['json'], sendTemplateMessages),
  post(
    'sendSessionMessage',
    'sendSessionMessage/:whatsappNumber',
    ['none', 'json', 'form', 'multipart'],
    sendSessionMessage,
  ),
  post('sendSessionFile', 'sendSessionFile/:whatsappNumber', ['multipart'], sendSessionFile),
  post(
    'sendSessionFileViaUrl',
    'sendSessionFileViaUrl/:whatsappNumber',
    ['none', 'json'],
    sendSessionFileViaUrl,
  ),
  post(
    'sendInteractiveButtonsMessage',
    'sendInteractiveButtonsMessage',
    ['json'],
    sendInteractiveButtonsMessage,
  ),
  post('sendInteractiveListMessage', 'sendInteractiveListMessage', ['json'], sendInteractiveListMessage),
  get('getMessages', 'getMessages/:whatsappNumber', getMessages),
  getFile('getMedia', 'getMedia', getMedia),
  post('updateChatStatus', 'updateChatStatus', ['json'], updateChatStatus),
  post('assignOperator', 'assignOperator', ['none'], assignOperator),
  get('getMessageTemplates', 'getMessageTemplates', getMessageTemplates),
  get('chatbots', 'chatbots', chatbots),
  get('getContacts', 'getContacts', getContacts),
  post('addContact', 'addContact/:whatsappNumber', ['json'], addContact),
  post(
    'updateContactAttributes',
    'updateContactAttributes/:whatsappNumber',
    ['json'],
    updateContactAttributes,
  ),
  post(
    'updateContactAttributesForMultiContacts',
    'updateContactAttributesForMultiContacts',
    ['json'],
    updateContactAttributesForMultiContacts,
  ),
  get('phoneNumbers', 'whatsApp/phoneNumbers', getPhoneNumbers),
]

const V2: readonly Endpoint[] = [
  post('sendTemplateMessage', 'sendTemplateMessage', ['json'], sendTemplateMessage),
  post('sendTemplateMessages', 'sendTemplateMessages', ['json'], sendTemplateMessages),
  get('getMessageTemplates', 'getMessageTemplates', getMessageTemplatesOfAccount),
  get('phoneNumbers', 'whatsapp/phoneNumbers', getPhoneNumbersOfChannels),
]

/**
 * What this Wati can do. It is written from Wati's documents, not from the gateway's table, so that the two
 * can contradict each other.
 * Source: Wati's support article 11968977 and its API reference (docs.wati.io).
 */
export const OPERATIONS: readonly Operation[] = [
  ...V1.map((endpoint) => endpoint('v1', '/:tenantId/api/v1')),
  ...V2.map((endpoint) => endpoint('v2', '/:tenantId/api/v2')),
  ...V3.map((endpoint) => endpoint('v3', '/api/ext/v3')),
]

/** Each name once: v1 and v2 share some. */
export const OPERATION_NAMES: readonly string[] = [...new Set(OPERATIONS.map(({ name }) => name))]
