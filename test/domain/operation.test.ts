import t from 'tap'
import { SCOPES } from '../../src/domain/caller.ts'
import { OPERATIONS, writes } from '../../src/domain/operation.ts'

t.test("the table holds the seed's operations with their scope, bodies and keys", async (t) => {
  const rows = OPERATIONS.map(({ method, path, scope, bodies, bodyKeys, queryKeys }) =>
    [`${method} ${path}`, scope, bodies.join(' '), bodyKeys.join(' '), queryKeys.join(' ')].join(' | '),
  )
  t.same(rows.sort(), [
    'GET /api/v1/getContacts | contacts:read | none |  | ',
    'GET /api/v1/getMessages/{whatsappNumber} | messages:read | none |  | channelPhoneNumber',
    'POST /api/v1/addContact/{whatsappNumber} | contacts:write | json |  | ',
    'POST /api/v1/sendSessionMessage/{whatsappNumber} | messages:send | none json form | channelPhoneNumber | channelPhoneNumber',
    'POST /api/v1/sendTemplateMessage | messages:send | json | channelNumber channel_number | ',
    'POST /api/v1/sendTemplateMessages | messages:send | json | channelNumber channel_number | ',
    'POST /api/v1/updateChatStatus | chats:write | json | channelPhoneNumber | ',
    'POST /api/v1/updateContactAttributes/{whatsappNumber} | contacts:write | json |  | ',
    'POST /api/v1/updateContactAttributesForMultiContacts | contacts:write | json |  | ',
  ])
})

t.test('no two operations share method and path, and each path is written plainly', async (t) => {
  const places = OPERATIONS.map(({ method, path }) => `${method} ${path}`)
  t.equal(new Set(places).size, places.length)
  for (const { path } of OPERATIONS) t.match(path, /^\/api\/v1(?:\/(?:[A-Za-z]+|\{[A-Za-z]+\}))+$/)
})

t.test('every scope is one that tokens can hold, and never an admin one', async (t) => {
  for (const { scope } of OPERATIONS) {
    t.ok(SCOPES.includes(scope))
    t.notMatch(scope, /^admin:/)
  }
})

t.test('an operation that takes no body wants no key in it', async (t) => {
  for (const { bodies, bodyKeys, name } of OPERATIONS) {
    if (bodies.every((body) => body === 'none')) t.same(bodyKeys, [], name)
  }
})

t.test('an operation whose body may be absent wants its key in the query, always', async (t) => {
  for (const { bodies, bodyKeys, queryKeys, name } of OPERATIONS) {
    if (bodies.includes('none') && bodyKeys.length > 0) t.same(queryKeys, bodyKeys, name)
  }
})

t.test('reading operations are GET, all others write', async (t) => {
  for (const operation of OPERATIONS) t.equal(writes(operation), operation.method === 'POST', operation.name)
})
