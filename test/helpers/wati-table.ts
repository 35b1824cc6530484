/**
 * The table of Wati's operations once more, written from the product's description and not from the code:
 * a slip in one of them shows in a test.
 */
export type Body = 'none' | 'json' | 'form' | 'multipart'

/** Where a v3 target stands: in an array of the body, each element may have one. */
type Target = `${'path' | 'body' | 'contacts' | 'recipients'} ${'set' | 'replace'}`

export interface Row {
  /** Method and template of the path. */
  readonly endpoint: string
  readonly scope: string
  readonly bodies: readonly Body[]
  readonly bodyKeys: readonly string[]
  readonly queryKeys: readonly string[]
  readonly target: Target | undefined
  readonly isDownload: boolean
}

/** One line for each operation: endpoint | scope | bodies | where the number goes. */
const TABLE = `
POST /api/v1/sendTemplateMessage | messages:send | json | body channelNumber channel_number
POST /api/v1/sendTemplateMessages | messages:send | json | body channelNumber channel_number
POST /api/v1/sendSessionMessage/{whatsappNumber} | messages:send | none json form multipart | query channelPhoneNumber, body channelPhoneNumber
POST /api/v1/sendSessionFile/{whatsappNumber} | messages:send | multipart | query channelPhoneNumber
POST /api/v1/sendSessionFileViaUrl/{whatsappNumber} | messages:send | none json | query channelPhoneNumber, body channelPhoneNumber
POST /api/v1/sendInteractiveButtonsMessage | messages:send | json | query channelPhoneNumber
POST /api/v1/sendInteractiveListMessage | messages:send | json | query channelPhoneNumber
GET /api/v1/getMessages/{whatsappNumber} | messages:read | none | query channelPhoneNumber
GET /api/v1/getMedia | messages:read | none | download
POST /api/v1/updateChatStatus | chats:write | json | body channelPhoneNumber
POST /api/v1/assignOperator | chats:write | none | query channelPhoneNumber
GET /api/v1/getMessageTemplates | templates:read | none | query channelPhoneNumber
GET /api/v1/chatbots | templates:read | none |
GET /api/v1/getContacts | contacts:read | none |
POST /api/v1/addContact/{whatsappNumber} | contacts:write | json |
POST /api/v1/updateContactAttributes/{whatsappNumber} | contacts:write | json |
POST /api/v1/updateContactAttributesForMultiContacts | contacts:write | json |
POST /api/v2/sendTemplateMessage | messages:send | json | body channelNumber channel_number
POST /api/v2/sendTemplateMessages | messages:send | json | body channelNumber channel_number
GET /api/v2/getMessageTemplates | templates:read | none |
POST /api/ext/v3/conversations/messages/text | messages:send | json | target body set
POST /api/ext/v3/conversations/messages/fileViaUrl | messages:send | json | target body set
POST /api/ext/v3/conversations/messages/interactive | messages:send | json | target body set
POST /api/ext/v3/conversations/messages/file | messages:send | multipart | target body set
GET /api/ext/v3/conversations/{target}/messages | messages:read | none | target path set
GET /api/ext/v3/conversations/messages/file/{message_id} | messages:read | none | download
PUT /api/ext/v3/conversations/{target}/operator | chats:write | json | target path set
PUT /api/ext/v3/conversations/{target}/status | chats:write | json | target path set
POST /api/ext/v3/messageTemplates/send | messages:send | json | body channel, target recipients replace
POST /api/ext/v3/messageTemplates/schedule | messages:send | json | body channel, target recipients replace
GET /api/ext/v3/messageTemplates | templates:read | none | query channel
GET /api/ext/v3/messageTemplates/{template_id} | templates:read | none |
GET /api/ext/v3/broadcasts | broadcasts:read | none | query channel
GET /api/ext/v3/broadcasts/overview | broadcasts:read | none | query channel
GET /api/ext/v3/broadcasts/{broadcast_id} | account:read | none |
GET /api/ext/v3/broadcasts/{broadcast_id}/recipients | account:read | none |
POST /api/ext/v3/broadcasts/estimate-cost | broadcasts:read | json |
POST /api/ext/v3/chatbots/start | messages:send | json | target body set
GET /api/ext/v3/chatbots | templates:read | none |
GET /api/ext/v3/contacts | contacts:read | none |
POST /api/ext/v3/contacts | contacts:write | json |
GET /api/ext/v3/contacts/count | contacts:read | none |
PUT /api/ext/v3/contacts | contacts:write | json | target contacts replace
GET /api/ext/v3/contacts/{target} | contacts:read | none | target path replace
PUT /api/ext/v3/contacts/teams | contacts:write | json | target body replace
GET /api/ext/v3/channels | account:read | none |
GET /api/ext/v3/account/credits | account:read | none |
GET /api/v1/whatsApp/phoneNumbers | account:read | none |
GET /api/v2/whatsapp/phoneNumbers | account:read | none |
`

export const ROWS: readonly Row[] = TABLE.trim().split('\n').map(readRow)

function readRow(line: string): Row {
  const [endpoint = '', scope = '', bodies = '', keys = ''] = line.split('|').map((cell) => cell.trim())
  const places = keys.split(',').map((place) => place.trim())
  const under = (front: string): string =>
    places
      .find((place) => place.startsWith(`${front} `))
      ?.slice(front.length + 1)
      .trim() ?? ''
  return {
    endpoint,
    scope,
    bodies: bodies.split(' ') as Body[],
    bodyKeys: under('body').split(' ').filter(Boolean),
    queryKeys: under('query').split(' ').filter(Boolean),
    target: (under('target') || undefined) as Row['target'],
    isDownload: keys === 'download',
  }
}

/** Method, path with its parameters filled in, and whether Wati wants its tenant in front. */
export function callOf(
  { endpoint }: Row,
  parameter: string,
): { method: string; path: string; hasTenant: boolean } {
  const [method = '', template = ''] = endpoint.split(' ')
  const path = template.replace(/\{\w+\}/, () => parameter)
  return { method, path, hasTenant: !template.startsWith('/api/ext/v3/') }
}
