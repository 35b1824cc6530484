import type { BodyType } from './body.ts'
import type { Call } from './call.ts'
import { getMessages, updateChatStatus } from './chats.ts'
import {
  addContact,
  getContacts,
  updateContactAttributes,
  updateContactAttributesForMultiContacts,
} from './contacts.ts'
import { sendSessionMessage } from './session-messages.ts'
import { sendTemplateMessage, sendTemplateMessages } from './template-messages.ts'

/** One endpoint of Wati that the sandbox imitates. */
export interface Operation {
  /** Wati's name of the endpoint; versions of one name share a rate limit. */
  readonly name: string
  readonly method: 'GET' | 'POST'
  /** The whole path, in the router's notation. */
  readonly path: string
  /** The kinds of body Wati reads here; `none` is the empty one. */
  readonly bodies: readonly BodyType[]
  /** Gives the JSON of a success, throws a `Refusal` for everything else. */
  readonly act: (call: Call) => unknown
}

/**
 * What this Wati can do. It is written from Wati's documents, not from the gateway's table, so that the two
 * can contradict each other.
 * Source: Wati's support article 11968977 and its API reference (docs.wati.io).
 */
export const OPERATIONS: readonly Operation[] = [
  post('sendTemplateMessage', '/:tenantId/api/v1/sendTemplateMessage', ['json'], sendTemplateMessage),
  post('sendTemplateMessages', '/:tenantId/api/v1/sendTemplateMessages', ['json'], sendTemplateMessages),
  post(
    'sendSessionMessage',
    '/:tenantId/api/v1/sendSessionMessage/:whatsappNumber',
    ['none', 'json', 'form'],
    sendSessionMessage,
  ),
  get('getMessages', '/:tenantId/api/v1/getMessages/:whatsappNumber', getMessages),
  post('updateChatStatus', '/:tenantId/api/v1/updateChatStatus', ['json'], updateChatStatus),
  get('getContacts', '/:tenantId/api/v1/getContacts', getContacts),
  post('addContact', '/:tenantId/api/v1/addContact/:whatsappNumber', ['json'], addContact),
  post(
    'updateContactAttributes',
    '/:tenantId/api/v1/updateContactAttributes/:whatsappNumber',
    ['json'],
    updateContactAttributes,
  ),
  post(
    'updateContactAttributesForMultiContacts',
    '/:tenantId/api/v1/updateContactAttributesForMultiContacts',
    ['json'],
    updateContactAttributesForMultiContacts,
  ),
]

function get(name: string, path: string, act: Operation['act']): Operation {
  return { name, method: 'GET', path, bodies: ['none'], act }
}

function post(name: string, path: string, bodies: readonly BodyType[], act: Operation['act']): Operation {
  return { name, method: 'POST', path, bodies, act }
}
