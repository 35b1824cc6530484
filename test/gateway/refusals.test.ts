import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { ProblemName } from '../../src/errors.ts'
import { type Seen, sendBytes } from '../helpers/http-client.ts'
import { isProblem } from '../helpers/problem.ts'
import {
  BOUNDARY,
  FORM_TYPE,
  LAST_LINE,
  field,
  looksWhole,
  partHead,
  startFlowUpstream,
} from '../helpers/uploading.ts'
import {
  type Bare,
  type Claims,
  type Running,
  callerToken,
  startBefore,
  startRunning,
} from '../helpers/running-gateway.ts'

const BODY_LIMIT_BYTES = 4096
const UPLOAD_LIMIT_BYTES = 8192
const READ = '/channels/sales/api/v1/getMessages/5511988887777'
const CONTACTS = '/channels/sales/api/v1/getContacts'
const SEND = '/channels/sales/api/v1/sendTemplateMessage'
const SESSION = '/channels/sales/api/v1/sendSessionMessage/5511988887777'
const FILE = '/channels/sales/api/v1/sendSessionFile/5511988887777'
const V3_TEXT = '/channels/sales/api/ext/v3/conversations/messages/text'
const V3_FILE = '/channels/sales/api/ext/v3/conversations/messages/file'
const V3_READ = '/channels/sales/api/ext/v3/conversations/5511988887777/messages'
const V3_CONTACTS = '/channels/sales/api/ext/v3/contacts'
const ANY = { channels: ['*'] }
const JSON_TYPE = { 'content-type': 'application/json' }
const URLENCODED = { 'content-type': 'application/x-www-form-urlencoded' }
const OTHER_NUMBER = '5511999990001'

interface Row {
  readonly when: string
  readonly method?: string
  readonly path?: string
  readonly claims?: Claims | null
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly body?: string | Buffer
  readonly chunked?: boolean
  /** Instead of the above: what is written to the socket. */
  readonly bytes?: (token: string) => string | Buffer
  readonly gets: readonly [status: number, problem: ProblemName]
  readonly with?: Readonly<Record<string, string>>
}

const UNAUTHENTICATED: Row[] = [
  { when: 'there is no token', claims: null, path: READ },
  { when: 'there is no token and no such channel', claims: null, path: READ.replace('sales', 'lost') },
  {
    when: 'there is no token and no such operation',
    claims: null,
    path: '/channels/sales/api/v1/rotateToken',
  },
  { when: 'there is no token and no such method', claims: null, method: 'DELETE', path: READ },
  { when: 'there is no token at the bare root', claims: null, path: '/api/v1/getContacts' },
  { when: 'there is no token at the bare root of v3', claims: null, path: '/api/ext/v3/contacts' },
  { when: 'there is no token and the path cannot be decoded', claims: null, path: '/channels/sales/%zz' },
  {
    when: 'there is no token and the body is over the limit',
    claims: null,
    method: 'POST',
    path: SEND,
    ...oversized(),
  },
  { when: 'there is no token for an upload', claims: null, method: 'POST', path: V3_FILE, ...upload('x') },
  { when: 'the token is expired', claims: { exp: 1 }, path: READ },
].map((row) => ({ ...row, gets: [401, 'unauthenticated'], with: { 'www-authenticate': 'Bearer' } }))

const UNKNOWN_OPERATIONS: Row[] = [
  ['the path is not one of Wati', '/channels/sales/api/v1/doesNotExist'],
  ['the operation would kill the token', '/channels/sales/api/v1/rotateToken'],
  ['the operation has no channel key', '/channels/sales/api/v1/sendTemplateMessageCSV'],
  ['the path stops at the alias', '/channels/sales'],
  ['the path stops at the alias and a slash', '/channels/sales/'],
  ['the path stops before the number', '/channels/sales/api/v1/getMessages'],
  ['the number is empty', '/channels/sales/api/v1/getMessages/'],
  ['there is a segment too many', `${READ}/more`],
  ['a slash stands at the end', `${READ}/`],
  ['a second slash stands before the operation', '/channels/sales//api/v1/getContacts'],
  ['a second slash stands inside the operation', '/channels/sales/api//v1/getContacts'],
  ['a second slash stands before the alias', '/channels//sales/api/v1/getContacts'],
  ['a second slash stands at the front', '//channels/sales/api/v1/getContacts'],
  ['the alias is empty', '/channels//api/v1/getContacts'],
  ['the operation is in another case', '/channels/sales/api/v1/GetContacts'],
  ['the version is in upper case', '/channels/sales/API/V1/getContacts'],
  ['the prefix is in upper case', '/CHANNELS/sales/api/v1/getContacts'],
  ['a letter of the path is percent-encoded', '/channels/sales/%61pi/v1/getContacts'],
  ['a letter of the prefix is percent-encoded', '/%63hannels/sales/api/v1/getContacts'],
  ['a letter of the operation is percent-encoded', '/channels/sales/api/v1/getContact%73'],
  ['a slash of the path is percent-encoded', '/channels/sales/api%2Fv1/getContacts'],
  ['the slash after the alias is percent-encoded', '/channels/sales%2Fapi/v1/getContacts'],
  ['dots lead out of the operation', '/channels/sales/api/v1/chatbots/../getContacts'],
  ['encoded dots lead out of the operation', '/channels/sales/api/v1/chatbots/%2e%2e/getContacts'],
  ['dots with a semicolon lead out of the operation', '/channels/sales/api/v1/chatbots/..;/getContacts'],
  ['dots with a backslash lead out of the operation', '/channels/sales/api/v1/chatbots\\..\\getContacts'],
  ['dots lead from one channel to another', '/channels/sales/../support/api/v1/getContacts'],
  ['a parameter hangs on the operation', '/channels/sales/api/v1/getContacts;v=1'],
  ['a parameter hangs on the version', '/channels/sales/api/v1;v=1/getContacts'],
  ['the tenant is not digits', '/channels/sales/acme/api/v1/getContacts'],
  ['the tenant is digits of another script', '/channels/sales/%D9%A1/api/v1/getContacts'],
  ['there are two tenants', '/channels/sales/388428/388428/api/v1/getContacts'],
  ['the tenant stands before the prefix', '/388428/channels/sales/api/v1/getContacts'],
  ["the path is one of the stand-in's own", '/channels/sales/_sandbox/messages'],
  ['the path is one of the control plane', '/v1/accounts'],
  ['v1 would start a bot from the default number', '/channels/sales/api/v1/chatbots/start'],
  ['a template would be deleted', '/channels/sales/api/ext/v3/messageTemplates/delete/a'],
  ['webhooks are the business of the control plane', '/channels/sales/api/v2/webhookEndpoints'],
  ['an operation of v1 is asked of v2', '/channels/sales/api/v2/getMessages/5511988887777'],
  ['an operation of v2 is asked of v1 in its case', '/channels/sales/api/v1/whatsapp/phoneNumbers'],
  ['v3 has no ext in front', '/channels/sales/api/v3/contacts'],
  ['v3 is written in upper case', '/channels/sales/api/ext/V3/contacts'],
  ['the target is empty', '/channels/sales/api/ext/v3/conversations//messages'],
  ['the target has a slash', '/channels/sales/api/ext/v3/conversations/1/2/messages'],
  ['a slash of v3 is percent-encoded', '/channels/sales/api/ext%2Fv3/contacts'],
  ['the tenant stands inside the path of v3', '/channels/sales/api/388428/ext/v3/contacts'],
  ['the message id is empty', '/channels/sales/api/ext/v3/conversations/messages/file/'],
].map(([when = '', path = '']) => ({ when, path, gets: [404, 'unknown-operation'] }))

const METHODS: Row[] = [
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => ({
    method,
    allow: 'GET',
  })),
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => ({ method, allow: 'POST' })),
].map(({ method, allow }) => ({
  when: `the method is ${method} where only ${allow} is`,
  method,
  path: allow === 'GET' ? READ : SEND,
  gets: [405, 'method-not-allowed'],
  with: { allow },
}))

const PERMISSIONS: Row[] = [
  { when: 'the token has no channels', claims: { channels: undefined }, path: READ },
  { when: 'the token has other channels', claims: { channels: ['support'] }, path: READ },
  { when: "the token's channels are a text", claims: { channels: 'sales' }, path: READ },
  { when: "the token's channels are an object", claims: { channels: { 0: 'sales' } }, path: READ },
  { when: 'the token has another prefix', claims: { channels: ['salesforce-*', 'sales-*'] }, path: READ },
  { when: 'a star stands inside a name', claims: { channels: ['sa*es', '*sales', '**'] }, path: READ },
  { when: 'the token has the channel in another case', claims: { channels: ['Sales'] }, path: READ },
  { when: 'the alias of the path is percent-encoded', path: READ.replace('sales', '%73ales') },
  { when: 'a parameter hangs on the alias', path: READ.replace('sales', 'sales;x') },
  { when: 'the path has no alias and the token no channel', path: '/api/v1/getContacts' },
  { when: 'the path has only a tenant and the token no channel', path: '/388428/api/v1/getContacts' },
  {
    when: "the token's channel is not among its channels",
    claims: { channel: 'sales', channels: ['support'] },
    path: '/api/v1/getContacts',
  },
  {
    when: 'the token has a channel and the path another',
    claims: { channel: 'support', channels: undefined },
    path: READ,
  },
].map((row) => ({ ...row, gets: [403, 'channel-forbidden'] }))

const SCOPES: Row[] = [
  { when: 'the token has no scope', claims: { scope: undefined }, path: READ },
  { when: 'the token may send, not read', claims: { scope: 'messages:send' }, path: READ },
  {
    when: 'the token may read, not send',
    claims: { scope: 'messages:read' },
    method: 'POST',
    path: SEND,
    json: {},
  },
  { when: "the token's scope is in another case", claims: { scope: 'Messages:Read' }, path: READ },
  { when: 'the scope is cut with commas', claims: { scope: 'messages:read,messages:send' }, path: READ },
  { when: 'the token is that of an admin', claims: { scope: 'admin:read admin:write' }, path: READ },
].map((row) => ({ ...row, gets: [403, 'scope-missing'] }))

const CHANNELS: Row[] = [
  {
    when: 'there is no such channel',
    claims: ANY,
    path: READ.replace('sales', 'lost'),
    gets: [404, 'unknown-channel'],
  },
  {
    when: 'the alias is in upper case',
    claims: ANY,
    path: READ.replace('sales', 'SALES'),
    gets: [404, 'unknown-channel'],
  },
  {
    when: 'the alias is __proto__',
    claims: ANY,
    path: READ.replace('sales', '__proto__'),
    gets: [404, 'unknown-channel'],
  },
  {
    when: 'the channel is off',
    claims: ANY,
    path: READ.replace('sales', 'closed'),
    gets: [403, 'channel-disabled'],
  },
]

const ODD_BOUNDARIES: readonly (readonly [when: string, type: string])[] = [
  ['the boundary is missing', 'multipart/form-data'],
  ['the boundary is empty', 'multipart/form-data; boundary='],
  ['the boundary is empty in quotes', 'multipart/form-data; boundary=""'],
  ['the boundary is longer than 70 characters', `multipart/form-data; boundary=${'a'.repeat(71)}`],
  ['the boundary has a space', 'multipart/form-data; boundary="a b"'],
  ['the boundary has a semicolon', 'multipart/form-data; boundary="a;b"'],
  ['the boundary has an asterisk', 'multipart/form-data; boundary=a*b'],
  ['the boundary stands twice', `${FORM_TYPE}; boundary=other`],
  ['the boundary is in the extended form', "multipart/form-data; boundary*=utf-8''a"],
  ['the boundary is in pieces', 'multipart/form-data; boundary*0=a; boundary*1=b'],
  ['a form of many parts has another charset', `${FORM_TYPE}; charset=utf-16`],
  ['the parts are not those of a form', `multipart/mixed; boundary=${BOUNDARY}`],
  ['the parts are related', `multipart/related; boundary=${BOUNDARY}`],
]

const MEDIA_TYPES: Row[] = [
  { when: 'a body has no content type', headers: {}, body: '{}' },
  { when: 'the body is plain text', headers: { 'content-type': 'text/plain' }, body: '{}' },
  { when: 'the content type is no type', headers: { 'content-type': 'json' }, body: '{}' },
  {
    when: 'the content type is two',
    headers: { 'content-type': 'application/json, text/plain' },
    body: '{}',
  },
  {
    when: 'garbage follows the content type',
    headers: { 'content-type': 'application/json xml' },
    body: '{}',
  },
  { when: 'a form is sent where JSON is needed', headers: URLENCODED, body: 'a=b' },
  {
    when: 'multipart is sent',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: '--x--',
  },
  {
    when: 'the charset is UTF-16',
    headers: { 'content-type': 'application/json; charset=utf-16' },
    body: '{}',
  },
  {
    when: 'the charset is Latin-1',
    headers: { 'content-type': 'application/json; charset=iso-8859-1' },
    body: '{}',
  },
  {
    when: 'there are two charsets',
    headers: { 'content-type': 'application/json; charset=utf-8; charset=utf-16' },
    body: '{}',
  },
  {
    when: 'the body is gzipped',
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: gzipSync('{}'),
  },
  {
    when: 'the content encoding is a list',
    headers: { ...JSON_TYPE, 'content-encoding': 'identity, br' },
    body: '{}',
  },
  {
    when: 'a GET has a JSON body',
    method: 'GET',
    path: READ,
    headers: JSON_TYPE,
    body: '{"channelPhoneNumber":"1"}',
  },
  { when: 'a GET has a body without a type', method: 'GET', path: READ, headers: {}, body: 'x' },
  {
    when: 'a GET has a chunked body',
    method: 'GET',
    path: READ,
    headers: JSON_TYPE,
    body: '{}',
    chunked: true,
  },
  { when: 'JSON is sent where a file is needed', path: FILE, headers: JSON_TYPE, body: '{}' },
  {
    when: 'JSON is sent where a file of v3 is needed',
    path: V3_FILE,
    headers: JSON_TYPE,
    body: '{"target":"1"}',
  },
  { when: 'a form is sent where a file is needed', path: V3_FILE, headers: URLENCODED, body: 'target=1' },
  { when: 'a file is sent where JSON is needed', path: V3_TEXT, ...upload(field('target', '1')) },
  {
    when: 'text is sent as a session message',
    path: SESSION,
    headers: { 'content-type': 'text/plain' },
    body: 'oi',
  },
  {
    when: 'text is sent where a target is needed',
    path: V3_TEXT,
    headers: { 'content-type': 'text/plain' },
    body: '{}',
  },
  { when: 'a body has no content type in v3', path: V3_TEXT, headers: {}, body: '{"target":"1"}' },
  ...ODD_BOUNDARIES.map(([what, type]) => ({
    when: what,
    path: V3_FILE,
    headers: { 'content-type': type },
    body: `${field('target', '5511988887777')}${LAST_LINE}`,
  })),
  {
    when: 'a form of many parts is gzipped',
    path: V3_FILE,
    headers: { 'content-type': FORM_TYPE, 'content-encoding': 'gzip' },
    body: gzipSync(field('target', '1')),
  },
  {
    when: 'a reading operation of v3 has a body',
    method: 'GET',
    path: V3_READ,
    headers: JSON_TYPE,
    body: '{}',
  },
].map((row) => ({ method: 'POST', path: SEND, ...row, gets: [415, 'unsupported-media-type'] }))

const TOO_LARGE: Row[] = [
  { when: 'the declared length is over the limit', headers: JSON_TYPE, body: large() },
  { when: 'a chunked body is over the limit', headers: JSON_TYPE, body: large(), chunked: true },
  {
    when: 'a form is over the limit',
    path: SESSION,
    headers: URLENCODED,
    body: `a=${'b'.repeat(BODY_LIMIT_BYTES)}`,
  },
  {
    when: 'the declared length is beyond all numbers and nothing follows',
    bytes: (token: string) =>
      http('POST', SEND, token, ['content-type: application/json', 'content-length: 9007199254740991']),
  },
  { when: 'a body of v3 is over the limit', path: V3_TEXT, headers: JSON_TYPE, body: large() },
  {
    when: 'the declared length of an upload is over the limit',
    path: V3_FILE,
    ...upload(field('caption', 'x'.repeat(UPLOAD_LIMIT_BYTES))),
  },
].map((row) => ({ method: 'POST', path: SEND, ...row, gets: [413, 'body-too-large'] }))

const MALFORMED_BODIES: Row[] = [
  { when: 'a needed JSON body is empty', body: '' },
  { when: 'a needed JSON body is missing, and its type', headers: {} },
  { when: 'a needed JSON body is empty and chunked', body: '', chunked: true },
  { when: 'the body is white space', body: ' \r\n' },
  { when: 'the body breaks off', body: '{"a":1' },
  { when: 'the body is a list', body: '[]' },
  { when: 'the body is a text', body: '"a"' },
  { when: 'the body is null', body: 'null' },
  { when: 'more follows the body', body: '{"a":1}{"channelNumber":"1"}' },
  { when: 'the body has a comment', body: '{"a":1/**/}' },
  { when: 'the body has a comma too many', body: '{"a":1,}' },
  { when: 'the body has single quotes', body: "{'a':1}" },
  { when: 'the body has NaN', body: '{"a":NaN}' },
  { when: 'the body begins with a byte order mark', body: '\ufeff{"a":1}' },
  { when: 'the body is UTF-16', body: Buffer.from('{"a":1}', 'utf16le') },
  { when: 'the body is not UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) },
  { when: 'the body is plain gzip that says nothing of it', body: gzipSync('{}') },
  { when: 'the body is as deep as it is long', body: `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}` },
  { when: 'a form is not UTF-8', path: SESSION, headers: URLENCODED, body: Buffer.from([0x61, 0x3d, 0xff]) },
  {
    when: 'a file is needed and the body is empty',
    path: FILE,
    headers: { 'content-type': FORM_TYPE },
    body: '',
  },
  { when: 'a file of v3 is needed and nothing is sent', path: V3_FILE, headers: {} },
  ...[
    ['is missing', '{"text":"oi"}'],
    ['stands twice', '{"target":"1","target":"1"}'],
    ['stands twice in two cases', '{"target":"1","Target":"2"}'],
    ['stands twice, once escaped', '{"target":"1","targe\\u0074":"2"}'],
    ['is empty', '{"target":""}'],
    ['has only a channel', '{"target":"85264318722:"}'],
    ['has two colons', '{"target":"85264318722:1:2"}'],
    ['has a tab', '{"target":"1\\t2"}'],
    ['is a list', '{"target":["1"]}'],
    ['is a number', '{"target":5511988887777}'],
    ['is null', '{"target":null}'],
    ['stands only deeper', '{"message":{"target":"1"}}'],
  ].map(([how = '', body = '']) => ({ when: `the target of v3 ${how}`, path: V3_TEXT, body })),
  {
    when: "a contact's target stands twice",
    method: 'PUT',
    path: V3_CONTACTS,
    body: '{"contacts":[{"target":"1:2","TARGET":"3:4"}]}',
  },
  {
    when: "a contact's target has two colons",
    method: 'PUT',
    path: V3_CONTACTS,
    body: '{"contacts":[{"target":"1:2:3"}]}',
  },
  {
    when: 'contacts are deeper than any',
    method: 'PUT',
    path: V3_CONTACTS,
    body: `{"contacts":[{"a":${'['.repeat(100)}${']'.repeat(100)}}]}`,
  },
].map((row) => ({ method: 'POST', path: SEND, headers: JSON_TYPE, ...row, gets: [400, 'malformed-request'] }))

/** Seen only while the form flows: a request to Wati may have begun, and never becomes whole. */
const MALFORMED_FORMS: Row[] = [
  ['bytes stand before the first boundary', `x\r\n${field('target', '1')}${LAST_LINE}`],
  ['bytes stand behind the last boundary', `${field('target', '1')}${LAST_LINE}x`],
  ['the last boundary is missing', field('target', '1')],
  ['the form has no parts and no target', LAST_LINE],
  ['the boundary is not that of the type', `--other\r\n\r\n--other--\r\n`],
  ['a boundary line has padding', `${field('target', '1')}${LAST_LINE.replace('--\r\n', ' --\r\n')}`],
  ['the target of a form is missing', `${field('a', '1')}${LAST_LINE}`],
  ['the target of a form stands twice', `${field('target', '1')}${field('target', '1')}${LAST_LINE}`],
  [
    'the target of a form stands twice in two cases',
    `${field('target', '1')}${field('TARGET', '2')}${LAST_LINE}`,
  ],
  ['the target of a form is an array, too', `${field('target', '1')}${field('target[]', '2')}${LAST_LINE}`],
  ['the target of a form has two colons', `${field('target', '1:2:3')}${LAST_LINE}`],
  ['the target of a form is empty', `${field('target', '')}${LAST_LINE}`],
  ['the target of a form is longer than any', `${field('target', '1'.repeat(3_000))}${LAST_LINE}`],
  ['a part has two names', `${partHead('a').replace('"a"', '"a"; name="channel"')}x\r\n${LAST_LINE}`],
  ['a part has an encoded name', `${partHead('=?utf-8?q?channel?=')}x\r\n${LAST_LINE}`],
  ['a part is base64', `--${BOUNDARY}\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n${LAST_LINE}`],
].map(([when = '', body = '']) => ({
  when,
  method: 'POST',
  path: V3_FILE,
  ...upload(body),
  gets: [400, 'malformed-request'],
}))

const MALFORMED_TARGETS: Row[] = [
  { when: 'a percent code is broken', path: READ.replace('5511', '%zz') },
  { when: 'a percent code is cut short', path: `${READ}%2` },
  { when: 'percent codes are not UTF-8', path: `${READ}%ff` },
  { when: 'the number has an encoded slash', path: `${READ}%2Fx` },
  { when: 'the number has an encoded backslash', path: `${READ}%5Cx` },
  { when: 'the number has an encoded question mark', path: `${READ}%3Fx=1` },
  { when: 'the number has an encoded hash', path: `${READ}%23x` },
  { when: 'the number has an encoded percent sign', path: `${READ}%252Fx` },
  { when: 'the number has a line break', path: `${READ}%0d%0aHost:x` },
  { when: 'the number has a zero byte', path: `${READ}%00` },
  { when: 'the number is two dots', path: '/channels/sales/api/v1/getMessages/..' },
  { when: 'the number is two encoded dots', path: '/channels/sales/api/v1/getMessages/%2e%2e' },
  { when: 'a parameter hangs on the number', path: `${READ};x=1` },
  { when: 'a backslash stands in the number', path: `${READ}\\x` },
  { when: 'a hash stands in the path', path: `${READ}#x` },
  { when: 'a hash stands in the query', path: `${READ}?a=1#x` },
  { when: 'raw bytes stand in the path', bytes: (token: string) => http('GET', `${READ}\u00e9`, token) },
  { when: 'raw bytes stand in the query', bytes: (token: string) => http('GET', `${READ}?a=\u00e9`, token) },
  ...[
    ['has two colons', '1:2:3'],
    ['has two colons, one encoded', '1%3A2:3'],
    ['has only a channel', '85264318722:'],
    ['has a tab', '1%092'],
    ['has an encoded slash', '1%2F2'],
    ['is encoded twice', '1%253A2'],
    ['is no UTF-8', '%C3%28'],
    ['is dots', '..'],
    ['has a parameter', '1;x=2'],
  ].map(([how = '', target = '']) => ({
    when: `the target in the path ${how}`,
    path: V3_READ.replace('5511988887777', target),
  })),
  { when: "a contact's target in the path has two colons", path: `${V3_CONTACTS}/1:2:3` },
  {
    when: 'the target is a whole URL',
    bytes: (token: string) => http('GET', `http://wati.invalid${READ}`, token),
  },
].map((row) => ({ ...row, gets: [400, 'malformed-request'] }))

const MALFORMED_HEADERS: Row[] = [
  {
    when: 'there are more than 100 header lines',
    lines: Array.from({ length: 101 }, (_, at) => `x-${at}: 1`),
  },
  { when: 'there are two Authorization lines', lines: ['Authorization: Bearer other'] },
  { when: 'there are two Host lines', lines: ['Host: elsewhere'] },
  {
    when: 'there are two Content-Type lines',
    lines: ['Content-Type: application/json', 'content-type: text/plain'],
  },
  { when: 'the header is huge', lines: [`x-huge: ${'x'.repeat(20_000)}`] },
  { when: 'a header has a zero byte', lines: ['x-zero: a\0b'] },
  { when: 'a header is folded', lines: ['x-folded: a', ' b'] },
  { when: 'a space stands before the colon', lines: ['x-space : a'] },
  { when: 'the lengths contradict each other', lines: ['content-length: 1', 'transfer-encoding: chunked'] },
  { when: 'the length is given twice', lines: ['content-length: 1', 'content-length: 2'] },
  { when: 'the length is no number', lines: ['content-length: -1'] },
].map(({ when, lines }) => ({
  when,
  bytes: (token: string) => http('GET', READ, token, lines),
  gets: [400, 'malformed-request'],
}))

const NO_HTTP: Row[] = [
  { when: 'the bytes are garbage', bytes: () => 'This is not HTTP.\r\n\r\n' },
  { when: 'the bytes are the start of TLS', bytes: () => Buffer.from('16030100f6010000f20303', 'hex') },
  { when: 'the bytes are HTTP/2', bytes: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  {
    when: 'there is no Host',
    bytes: (token: string) =>
      http('GET', READ, token)
        .toString('latin1')
        .replace(/Host: .*\r\n/, ''),
  },
  {
    when: 'a chunk has no length',
    bytes: (token: string) =>
      http('POST', SEND, token, ['content-type: application/json', 'transfer-encoding: chunked'], 'zz\r\n'),
  },
].map((row) => ({ ...row, gets: [400, 'malformed-request'] }))

const CONFLICTS: Row[] = [
  { when: 'the body names another number', json: { channelNumber: OTHER_NUMBER } },
  { when: 'the body names another number in another spelling', json: { Channel_Phone_Number: OTHER_NUMBER } },
  { when: 'the body names another number as a number', json: { channel: Number(OTHER_NUMBER) } },
  {
    when: 'the body names the right number, then another',
    body: `{"channel":"85264318722","channel":"${OTHER_NUMBER}"}`,
    headers: JSON_TYPE,
  },
  { when: 'the query names another number', path: `${SEND}?channelNumber=${OTHER_NUMBER}`, json: {} },
  {
    when: 'the query names another number, percent-encoded',
    path: `${SEND}?%63hannel=${OTHER_NUMBER}`,
    json: {},
  },
  {
    when: 'a form names another number',
    path: SESSION,
    headers: URLENCODED,
    body: `channelPhoneNumber=${OTHER_NUMBER}`,
  },
  { when: 'the body names something that is no number', json: { channel: { number: 1 } } },
  {
    when: 'the body names another number as an array',
    headers: URLENCODED,
    path: SESSION,
    body: `channel[0]=${OTHER_NUMBER}`,
  },
  {
    when: 'the body of v3 names another number',
    path: V3_TEXT,
    json: { target: '1', Channel: OTHER_NUMBER },
  },
  { when: 'the target names another number', path: V3_TEXT, json: { target: `${OTHER_NUMBER}:1` } },
  {
    when: 'the target in the path names another',
    method: 'GET',
    path: V3_READ.replace('55', `${OTHER_NUMBER}%3A55`),
  },
  {
    when: "a contact's target names another",
    method: 'PUT',
    path: V3_CONTACTS,
    json: { contacts: [{ target: '1' }, { target: `${OTHER_NUMBER}:1` }] },
  },
].map((row) => ({ method: 'POST', path: SEND, ...row, gets: [409, 'channel-key-conflict'] }))

const FORM_CONFLICTS: Row[] = [
  ['a field of a form names another number', field('channel', OTHER_NUMBER) + field('target', '1')],
  [
    'an array in a form names another number',
    field('Channel_Number[0]', OTHER_NUMBER) + field('target', '1'),
  ],
  ['a field behind the file names another number', field('target', '1') + field('CHANNEL', OTHER_NUMBER)],
  ['the target of a form names another number', field('target', `${OTHER_NUMBER}:1`)],
].map(([when = '', body = '']) => ({
  when,
  method: 'POST',
  path: V3_FILE,
  ...upload(body + LAST_LINE),
  gets: [409, 'channel-key-conflict'],
}))

const FORM_TOO_LARGE: Row = {
  when: 'a chunked upload is over the limit',
  method: 'POST',
  path: V3_FILE,
  ...upload(field('target', '1') + field('caption', 'x'.repeat(UPLOAD_LIMIT_BYTES)) + LAST_LINE),
  chunked: true,
  gets: [413, 'body-too-large'],
}

/** Each request has all the faults after the one it gets. */
const ORDER: Row[] = [
  {
    when: 'an unknown operation comes before a forbidden channel',
    claims: { channels: [] },
    path: '/channels/lost/api/v1/x',
    gets: [404, 'unknown-operation'],
  },
  {
    when: 'a wrong method comes before a forbidden channel',
    claims: { channels: [] },
    method: 'PUT',
    path: READ,
    gets: [405, 'method-not-allowed'],
  },
  {
    when: 'a forbidden channel comes before a missing scope',
    claims: { channels: [], scope: '' },
    path: READ.replace('sales', 'lost'),
    gets: [403, 'channel-forbidden'],
  },
  {
    when: 'a missing scope comes before an unknown channel',
    claims: { ...ANY, scope: '' },
    path: READ.replace('sales', 'lost'),
    gets: [403, 'scope-missing'],
  },
  {
    when: 'a missing scope comes before a channel that is off',
    claims: { ...ANY, scope: '' },
    path: READ.replace('sales', 'closed'),
    gets: [403, 'scope-missing'],
  },
  {
    when: 'an unknown channel comes before a wrong type',
    claims: ANY,
    method: 'POST',
    path: SEND.replace('sales', 'lost'),
    headers: { 'content-type': 'text/plain' },
    body: large(),
    gets: [404, 'unknown-channel'],
  },
  {
    when: 'a channel that is off comes before a wrong type',
    claims: ANY,
    method: 'POST',
    path: SEND.replace('sales', 'closed'),
    headers: { 'content-type': 'text/plain' },
    body: large(),
    gets: [403, 'channel-disabled'],
  },
  {
    when: 'a wrong type comes before a body over the limit',
    method: 'POST',
    path: SEND,
    headers: { 'content-type': 'text/plain' },
    body: large(),
    gets: [415, 'unsupported-media-type'],
  },
  {
    when: 'a body over the limit comes before malformed JSON',
    method: 'POST',
    path: SEND,
    headers: JSON_TYPE,
    body: large().replace('}', ''),
    gets: [413, 'body-too-large'],
  },
  {
    when: 'malformed JSON comes before a conflict',
    method: 'POST',
    path: `${SEND}?channelNumber=${OTHER_NUMBER}`,
    headers: JSON_TYPE,
    body: '{',
    gets: [400, 'malformed-request'],
  },
  {
    when: 'a forbidden channel comes before a malformed number',
    claims: { channels: [] },
    path: '/channels/sales/api/v1/getMessages/%2e%2e',
    gets: [403, 'channel-forbidden'],
  },
  {
    when: 'a missing scope comes before a malformed number',
    claims: { scope: '' },
    path: '/channels/sales/api/v1/getMessages/%2e%2e',
    gets: [403, 'scope-missing'],
  },
  {
    when: 'a wrong type comes before a malformed number',
    method: 'POST',
    path: '/channels/sales/api/v1/sendSessionMessage/%2e%2e',
    headers: { 'content-type': 'text/plain' },
    body: 'x',
    gets: [415, 'unsupported-media-type'],
  },
  {
    when: 'no token comes before two Host lines',
    bytes: () =>
      'GET /channels/sales/api/v1/getContacts HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n',
    gets: [401, 'unauthenticated'],
  },
]

const TABLE = [
  ...[UNAUTHENTICATED, UNKNOWN_OPERATIONS, METHODS, PERMISSIONS, SCOPES, CHANNELS, MEDIA_TYPES, TOO_LARGE],
  ...[MALFORMED_BODIES, MALFORMED_TARGETS, MALFORMED_HEADERS, NO_HTTP, CONFLICTS, ORDER],
].flat()

t.test('refusals', async (t) => {
  const running = await startRunning(t, {
    settings: {
      BODY_LIMIT_BYTES: String(BODY_LIMIT_BYTES),
      CHANNEL_KEY_CONFLICT: 'reject',
      UPLOAD_LIMIT_BYTES: String(UPLOAD_LIMIT_BYTES),
    },
  })
  await running.admin('PUT', '/v1/channels/closed', {
    json: { account: 'acme', number: OTHER_NUMBER, enabled: false },
  })

  for (const row of TABLE) {
    const [status, problem] = row.gets
    t.test(`${row.when}: ${status} ${problem}`, async (t) => {
      const seen = await refusedUnsent(t, running, () => ask(running, row))
      isProblem(t, seen, status, problem)
      for (const [name, value] of Object.entries(row.with ?? {})) t.equal(seen.headers[name], value, name)
      t.notMatch(seen.headers, { 'proxy-status': /./ }, 'it does not speak of Wati')
      t.notMatch(seen.headers, { 'wati-gateway-outcome': /./ }, 'it does not speak for Wati')
    })
  }

  t.test('HEAD is 405 like any other method, without a body', async (t) => {
    for (const [path, allow] of [
      [READ, 'GET'],
      [SEND, 'POST'],
    ] as const) {
      const seen = await refusedUnsent(t, running, () => running.call('HEAD', path))
      t.equal(seen.status, 405)
      t.equal(seen.headers.allow, allow)
      t.equal(seen.headers['content-type'], 'application/problem+json')
    }
  })

  t.test('a number longer than any is refused as what it is', async (t) => {
    for (const length of [100, 513, 5000]) {
      const path = `/channels/sales/api/v1/getMessages/${'5'.repeat(length)}`
      const seen = await running.call('GET', path)
      t.not(seen.status, 405, `GET is the method of the operation (${length} digits)`)
      t.ok(seen.status < 500, 'it is the fault of the caller, or none')
    }
  })

  t.test('no token comes before a segment longer than any', async (t) => {
    const path = `/channels/sales/api/v1/getMessages/${'5'.repeat(600)}`
    const seen = await refusedUnsent(t, running, () => running.call('GET', path, { claims: null }))
    isProblem(t, seen, 401, 'unauthenticated')
    t.notOk(running.log.text.includes('5'.repeat(600)), 'and the log does not know it')
  })

  t.test('an alias longer than any is refused', async (t) => {
    const path = CONTACTS.replace('sales', 'a'.repeat(600))
    const seen = await refusedUnsent(t, running, () => running.call('GET', path, { claims: ANY }))
    t.match(String(seen.status), /^40[034]$/)
    t.match(seen.body, { origin: 'gateway' })
  })

  t.test('a caller learns nothing of a channel it may not use', async (t) => {
    const claims = { channels: ['support'] }
    const headers = { 'x-request-id': 'same' }
    const answers = []
    for (const alias of ['sales', 'closed', 'lost']) {
      const seen = await running.call('GET', CONTACTS.replace('sales', alias), { claims, headers })
      t.equal(seen.status, 403)
      answers.push({ ...seen, headers: { ...seen.headers, date: '' } })
    }
    t.strictSame(answers[0], answers[1], 'one that is on and one that is off look alike')
    t.strictSame(answers[0], answers[2], 'one that is there and one that is not look alike')
  })

  t.test('the token of an operation is looked at before the body is read', async (t) => {
    // The length is announced and the body never comes: only an answer that did not wait for it arrives.
    const head = ['content-type: application/json', 'content-length: 1000']
    const token = callerToken({ channels: [] })
    isProblem(
      t,
      await sendBytes(running.gateway.dataUrl, http('POST', SEND, token, head)),
      403,
      'channel-forbidden',
    )
  })

  t.test('a refused body is never read as the next request', async (t) => {
    const hidden = http('GET', CONTACTS, callerToken()).toString('latin1')
    const head = `POST ${SEND} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${hidden.length}\r\n\r\n`
    const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    const reached = await running.reachedDuring(async () => {
      isProblem(t, await sendBytes(running.gateway.dataUrl, head + hidden + last), 401, 'unauthenticated')
    })
    t.strictSame(reached, [], 'the request inside the body went nowhere')
  })

  t.test('an expectation the gateway does not know is refused as a problem', async (t) => {
    const bytes = http('GET', CONTACTS, callerToken(), ['Expect: the-unexpected'])
    const seen = await refusedUnsent(t, running, () => sendBytes(running.gateway.dataUrl, bytes))
    t.equal(seen.headers['content-type'], 'application/problem+json')
    t.match(seen.body, { origin: 'gateway' })
  })

  t.test('a transfer coding beside chunked is refused', async (t) => {
    const head = ['content-type: application/json', 'transfer-encoding: gzip, chunked']
    const bytes = http('POST', SEND, callerToken(), head, '2\r\n{}\r\n0\r\n\r\n')
    const seen = await refusedUnsent(t, running, () => sendBytes(running.gateway.dataUrl, bytes))
    t.match(seen.body, { origin: 'gateway' })
  })

  t.test('the table has all problems that a caller can cause here', (t) => {
    const named = new Set(TABLE.map(({ gets: [, problem] }) => problem))
    t.strictSame([...named].sort(), [
      'body-too-large',
      'channel-disabled',
      'channel-forbidden',
      'channel-key-conflict',
      'malformed-request',
      'method-not-allowed',
      'scope-missing',
      'unauthenticated',
      'unknown-channel',
      'unknown-operation',
      'unsupported-media-type',
    ])
    t.end()
  })
})

t.test('refusals in mid-flow', async (t) => {
  const upstream = await startFlowUpstream(t)
  const gateway = await startBefore(t, upstream.url, {
    CHANNEL_KEY_CONFLICT: 'reject',
    UPLOAD_LIMIT_BYTES: String(UPLOAD_LIMIT_BYTES),
  })
  for (const row of [...MALFORMED_FORMS, ...FORM_CONFLICTS, FORM_TOO_LARGE]) {
    const [status, problem] = row.gets
    t.test(`${row.when}: ${status} ${problem}, and no whole form reached Wati`, async (t) => {
      const count = upstream.requests.length
      isProblem(t, await ask(gateway, row), status, problem)
      for (const flowing of upstream.requests.slice(count)) {
        await flowing.closed
        t.notOk(looksWhole(flowing), 'the request broke off before its last boundary')
      }
    })
  }
})

async function ask(
  running: Bare,
  { method = 'GET', path = READ, claims, bytes, ...rest }: Row,
): Promise<Seen> {
  if (bytes !== undefined) return await sendBytes(running.gateway.dataUrl, bytes(callerToken()))
  const { headers, json, body, chunked } = rest
  return await running.call(method, path, {
    ...(claims !== undefined && { claims }),
    ...(headers !== undefined && { headers }),
    ...(json !== undefined && { json }),
    ...(body !== undefined && { body }),
    ...(chunked !== undefined && { chunked }),
  })
}

async function refusedUnsent(t: Test, running: Running, action: () => Promise<Seen>): Promise<Seen> {
  let seen: Seen | undefined
  const reached = await running.reachedDuring(async () => (seen = await action()))
  t.strictSame(reached, [], 'nothing reached Wati')
  return seen!
}

/** A request as its bytes; the connection ends after it. */
function http(
  method: string,
  target: string,
  token: string,
  lines: readonly string[] = [],
  body = '',
): Buffer {
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: gateway',
    `Authorization: Bearer ${token}`,
    'Connection: close',
  ]
  return Buffer.from([...head, ...lines, '', body].join('\r\n'), 'latin1')
}

function large(): string {
  return `{"a":"${'b'.repeat(BODY_LIMIT_BYTES)}"}`
}

function upload(body: string): Pick<Row, 'headers' | 'body'> {
  return { headers: { 'content-type': FORM_TYPE }, body }
}

function oversized(): Pick<Row, 'headers' | 'body'> {
  return { headers: JSON_TYPE, body: large() }
}
