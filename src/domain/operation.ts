import type { Scope } from './caller.ts'

/** How the bytes of a body are to be read. `none` is the empty body. */
export type BodyType = 'none' | 'json' | 'form' | 'multipart'

/** The JSON body, form or query field in which Wati reads the number. */
export type ChannelKey = 'channelNumber' | 'channel_number' | 'channelPhoneNumber' | 'channel'

/** Where a v3 `target` stands, whose prefix names the channel: in an array of the body, each element has its own. */
export type TargetPlace = 'path' | 'body' | 'contacts' | 'recipients'

/** One Wati endpoint the gateway carries. */
export interface Operation {
  /** Wati's name of the endpoint, the same in v1 and v2; also the name of its rate limit. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Wati's path after the tenant; `{name}` stands for one segment that the caller fills in. */
  readonly path: string
  /** The segments of that path. */
  readonly segments: readonly string[]
  /** Has the path Wati's tenant in front? v3 has none. */
  readonly hasTenant: boolean
  readonly scope: Scope
  readonly bodies: readonly BodyType[]
  /** Written at the top level of the body, when there is one; in a form, as fields. */
  readonly bodyKeys: readonly ChannelKey[]
  /** Written into the query, always. */
  readonly queryKeys: readonly ChannelKey[]
  /** `set`: the prefix is always the channel's. `replace`: only where the caller wrote one. */
  readonly target: { readonly in: TargetPlace; readonly prefix: 'set' | 'replace' } | undefined
  /** Answers with a file: then a page is a file, too. */
  readonly isDownload: boolean
}

type Rest = Partial<Pick<Operation, 'bodies' | 'bodyKeys' | 'queryKeys' | 'target' | 'isDownload'>>

const JSON_ONLY: Rest = { bodies: ['json'] }
const BOTH_NUMBERS: Rest = { bodies: ['json'], bodyKeys: ['channelNumber', 'channel_number'] }
const IN_QUERY: Rest = { queryKeys: ['channelPhoneNumber'] }
const V3_QUERY: Rest = { queryKeys: ['channel'] }
// Wati's v3 OpenAPI knows recipients by target, too: a prefix there must not name another channel.
const V3_BODY: Rest = {
  bodies: ['json'],
  bodyKeys: ['channel'],
  target: { in: 'recipients', prefix: 'replace' },
}
const BODY_TARGET: Rest = { bodies: ['json'], target: { in: 'body', prefix: 'set' } }
const PATH_TARGET: Rest = { target: { in: 'path', prefix: 'set' } }

/**
 * THE table: every operation the gateway carries, and where its channel key goes.
 * What does not stand here is `unknown-operation`.
 * Source: Wati's support article 11968977, its API reference and its v3 OpenAPI (docs.wati.io).
 */
export const OPERATIONS: readonly Operation[] = [
  operation('POST /api/v1/sendTemplateMessage', 'messages:send', BOTH_NUMBERS),
  operation('POST /api/v1/sendTemplateMessages', 'messages:send', BOTH_NUMBERS),
  operation('POST /api/v1/sendSessionMessage/{whatsappNumber}', 'messages:send', {
    bodies: ['none', 'json', 'form', 'multipart'],
    bodyKeys: ['channelPhoneNumber'],
    ...IN_QUERY,
  }),
  operation('POST /api/v1/sendSessionFile/{whatsappNumber}', 'messages:send', {
    bodies: ['multipart'],
    ...IN_QUERY,
  }),
  operation('POST /api/v1/sendSessionFileViaUrl/{whatsappNumber}', 'messages:send', {
    bodies: ['none', 'json'],
    bodyKeys: ['channelPhoneNumber'],
    ...IN_QUERY,
  }),
  operation('POST /api/v1/sendInteractiveButtonsMessage', 'messages:send', { ...JSON_ONLY, ...IN_QUERY }),
  operation('POST /api/v1/sendInteractiveListMessage', 'messages:send', { ...JSON_ONLY, ...IN_QUERY }),
  operation('GET /api/v1/getMessages/{whatsappNumber}', 'messages:read', IN_QUERY),
  operation('GET /api/v1/getMedia', 'messages:read', { isDownload: true }),
  operation('POST /api/v1/updateChatStatus', 'chats:write', {
    bodies: ['json'],
    bodyKeys: ['channelPhoneNumber'],
  }),
  operation('POST /api/v1/assignOperator', 'chats:write', IN_QUERY),
  operation('GET /api/v1/getMessageTemplates', 'templates:read', IN_QUERY),
  operation('GET /api/v1/chatbots', 'templates:read'),
  operation('GET /api/v1/getContacts', 'contacts:read'),
  operation('POST /api/v1/addContact/{whatsappNumber}', 'contacts:write', JSON_ONLY),
  operation('POST /api/v1/updateContactAttributes/{whatsappNumber}', 'contacts:write', JSON_ONLY),
  operation('POST /api/v1/updateContactAttributesForMultiContacts', 'contacts:write', JSON_ONLY),
  operation('GET /api/v1/whatsApp/phoneNumbers', 'account:read'),

  operation('POST /api/v2/sendTemplateMessage', 'messages:send', BOTH_NUMBERS),
  operation('POST /api/v2/sendTemplateMessages', 'messages:send', BOTH_NUMBERS),
  operation('GET /api/v2/getMessageTemplates', 'templates:read'),
  operation('GET /api/v2/whatsapp/phoneNumbers', 'account:read'),

  operation('POST /api/ext/v3/conversations/messages/text', 'messages:send', BODY_TARGET),
  operation('POST /api/ext/v3/conversations/messages/fileViaUrl', 'messages:send', BODY_TARGET),
  operation('POST /api/ext/v3/conversations/messages/interactive', 'messages:send', BODY_TARGET),
  operation('POST /api/ext/v3/conversations/messages/file', 'messages:send', {
    ...BODY_TARGET,
    bodies: ['multipart'],
  }),
  operation('GET /api/ext/v3/conversations/{target}/messages', 'messages:read', PATH_TARGET),
  operation('GET /api/ext/v3/conversations/messages/file/{message_id}', 'messages:read', {
    isDownload: true,
  }),
  operation('PUT /api/ext/v3/conversations/{target}/operator', 'chats:write', {
    ...JSON_ONLY,
    ...PATH_TARGET,
  }),
  operation('PUT /api/ext/v3/conversations/{target}/status', 'chats:write', { ...JSON_ONLY, ...PATH_TARGET }),
  operation('POST /api/ext/v3/messageTemplates/send', 'messages:send', V3_BODY),
  operation('POST /api/ext/v3/messageTemplates/schedule', 'messages:send', V3_BODY),
  operation('GET /api/ext/v3/messageTemplates', 'templates:read', V3_QUERY),
  operation('GET /api/ext/v3/messageTemplates/{template_id}', 'templates:read'),
  operation('GET /api/ext/v3/broadcasts', 'broadcasts:read', V3_QUERY),
  operation('GET /api/ext/v3/broadcasts/overview', 'broadcasts:read', V3_QUERY),
  operation('GET /api/ext/v3/broadcasts/{broadcast_id}', 'account:read'),
  operation('GET /api/ext/v3/broadcasts/{broadcast_id}/recipients', 'account:read'),
  operation('POST /api/ext/v3/broadcasts/estimate-cost', 'broadcasts:read', JSON_ONLY),
  operation('POST /api/ext/v3/chatbots/start', 'messages:send', BODY_TARGET),
  operation('GET /api/ext/v3/chatbots', 'templates:read'),
  operation('GET /api/ext/v3/contacts', 'contacts:read'),
  operation('POST /api/ext/v3/contacts', 'contacts:write', JSON_ONLY),
  operation('GET /api/ext/v3/contacts/count', 'contacts:read'),
  operation('PUT /api/ext/v3/contacts', 'contacts:write', {
    ...JSON_ONLY,
    target: { in: 'contacts', prefix: 'replace' },
  }),
  operation('GET /api/ext/v3/contacts/{target}', 'contacts:read', {
    target: { in: 'path', prefix: 'replace' },
  }),
  operation('PUT /api/ext/v3/contacts/teams', 'contacts:write', {
    ...JSON_ONLY,
    target: { in: 'body', prefix: 'replace' },
  }),
  operation('GET /api/ext/v3/channels', 'account:read'),
  operation('GET /api/ext/v3/account/credits', 'account:read'),
]

/** Does this operation change something at Wati? Then its failures must say what became of it. */
export function writes({ scope }: Pick<Operation, 'scope'>): boolean {
  return !scope.endsWith(':read')
}

function operation(endpoint: string, scope: Scope, rest: Rest = {}): Operation {
  const [method = '', path = ''] = endpoint.split(' ')
  const isV3 = path.startsWith('/api/ext/v3/')
  return {
    // v3 has several methods at one path, and no known limits of its own.
    name: isV3 ? `${method} ${path.slice('/api/ext/v3/'.length)}` : (path.split('/').slice(3)[0] ?? ''),
    method: method as Operation['method'],
    path,
    segments: path.split('/').slice(1),
    hasTenant: !isV3,
    scope,
    bodies: ['none'],
    bodyKeys: [],
    queryKeys: [],
    target: undefined,
    isDownload: false,
    ...rest,
  }
}
