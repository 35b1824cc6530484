import type { Scope } from './caller.ts'

/** How the bytes of a body are to be read. `none` is the empty body. */
export type BodyType = 'none' | 'json' | 'form'

/** The JSON body, form body or query field in which Wati reads the number. */
export type ChannelKey = 'channelNumber' | 'channel_number' | 'channelPhoneNumber'

/** One Wati endpoint the gateway carries. */
export interface Operation {
  /** Wati's name of the endpoint, the same in every version; also the name of its rate limit. */
  readonly name: string
  readonly method: 'GET' | 'POST'
  /** Wati's path after the tenant; `{name}` stands for one segment that the caller fills in. */
  readonly path: string
  readonly scope: Scope
  readonly bodies: readonly BodyType[]
  /** Written at the top level of the body, when there is one. */
  readonly bodyKeys: readonly ChannelKey[]
  /** Written into the query, always. */
  readonly queryKeys: readonly ChannelKey[]
}

const NO_KEYS: readonly ChannelKey[] = []

/**
 * THE table: every operation the gateway carries, and where its channel key goes.
 * What does not stand here is `unknown-operation`.
 * Source: Wati's support article 11968977 and its API reference (docs.wati.io).
 */
export const OPERATIONS: readonly Operation[] = [
  {
    name: 'sendTemplateMessage',
    method: 'POST',
    path: '/api/v1/sendTemplateMessage',
    scope: 'messages:send',
    bodies: ['json'],
    bodyKeys: ['channelNumber', 'channel_number'],
    queryKeys: NO_KEYS,
  },
  {
    name: 'sendTemplateMessages',
    method: 'POST',
    path: '/api/v1/sendTemplateMessages',
    scope: 'messages:send',
    bodies: ['json'],
    bodyKeys: ['channelNumber', 'channel_number'],
    queryKeys: NO_KEYS,
  },
  {
    name: 'sendSessionMessage',
    method: 'POST',
    path: '/api/v1/sendSessionMessage/{whatsappNumber}',
    scope: 'messages:send',
    bodies: ['none', 'json', 'form'],
    bodyKeys: ['channelPhoneNumber'],
    queryKeys: ['channelPhoneNumber'],
  },
  {
    name: 'getMessages',
    method: 'GET',
    path: '/api/v1/getMessages/{whatsappNumber}',
    scope: 'messages:read',
    bodies: ['none'],
    bodyKeys: NO_KEYS,
    queryKeys: ['channelPhoneNumber'],
  },
  {
    name: 'updateChatStatus',
    method: 'POST',
    path: '/api/v1/updateChatStatus',
    scope: 'chats:write',
    bodies: ['json'],
    bodyKeys: ['channelPhoneNumber'],
    queryKeys: NO_KEYS,
  },
  {
    name: 'getContacts',
    method: 'GET',
    path: '/api/v1/getContacts',
    scope: 'contacts:read',
    bodies: ['none'],
    bodyKeys: NO_KEYS,
    queryKeys: NO_KEYS,
  },
  {
    name: 'addContact',
    method: 'POST',
    path: '/api/v1/addContact/{whatsappNumber}',
    scope: 'contacts:write',
    bodies: ['json'],
    bodyKeys: NO_KEYS,
    queryKeys: NO_KEYS,
  },
  {
    name: 'updateContactAttributes',
    method: 'POST',
    path: '/api/v1/updateContactAttributes/{whatsappNumber}',
    scope: 'contacts:write',
    bodies: ['json'],
    bodyKeys: NO_KEYS,
    queryKeys: NO_KEYS,
  },
  {
    name: 'updateContactAttributesForMultiContacts',
    method: 'POST',
    path: '/api/v1/updateContactAttributesForMultiContacts',
    scope: 'contacts:write',
    bodies: ['json'],
    bodyKeys: NO_KEYS,
    queryKeys: NO_KEYS,
  },
]

/** Does this operation change something at Wati? Then its failures must say what became of it. */
export function writes(operation: Operation): boolean {
  return operation.method !== 'GET'
}
