import t from 'tap'
import { CONTACT, listIn, matchAll, SECOND_NUMBER, startClient } from './client.ts'

const OTHER = '5511977776666'

t.test('contacts are added, counted, listed and found by number and by ContactId', async (t) => {
  const { v3 } = await startClient(t)
  const custom_params = [{ name: 'city', value: 'Santos' }]
  const added = await v3('POST', '/contacts', {
    json: { whatsapp_number: CONTACT, name: 'Ana', custom_params },
  })
  const ana = { id: /^[0-9a-f]{24}$/, wa_id: CONTACT, phone: CONTACT, name: 'Ana', custom_params }
  t.match(added, { status: 200, body: ana })
  await v3('POST', '/contacts', { json: { whatsapp_number: OTHER, name: 'Bia' } })

  t.same((await v3('GET', '/contacts/count')).body, { contact_count: 2 })
  const list = await v3('GET', '/contacts?page_number=2&page_size=1')
  t.match(list.body, { page_number: 2, page_size: 1 })
  matchAll(t, listIn(list.body, 'contact_list'), [{ phone: OTHER }])
  const id = String(added.body['id'])
  for (const target of [
    CONTACT,
    `+${CONTACT}`,
    id,
    `${SECOND_NUMBER}:${CONTACT}`,
    `${SECOND_NUMBER}:${id}`,
  ]) {
    t.match((await v3('GET', `/contacts/${encodeURIComponent(target)}`)).body, ana, target)
  }
})

t.test('attributes of several contacts change together, or not at all', async (t) => {
  const { v3 } = await startClient(t)
  const customParams = [{ name: 'city', value: 'Recife' }]
  const contacts = [
    { target: CONTACT, customParams },
    { target: `${SECOND_NUMBER}:${OTHER}`, customParams },
  ]
  const changed = await v3('PUT', '/contacts', { json: { contacts } })
  matchAll(t, listIn(changed.body, 'contact_list'), [
    { phone: CONTACT, custom_params: customParams },
    { phone: OTHER, custom_params: customParams },
  ])
  for (const target of ['12', 'f'.repeat(24), `19995550000:${CONTACT}`]) {
    const wrong = [{ target: CONTACT, customParams: [{ name: 'city', value: 'Rio' }] }, { target }]
    const answer = await v3('PUT', '/contacts', { json: { contacts: wrong } })
    t.match(answer.body, { code: answer.status, message: String })
  }
  t.match((await v3('GET', `/contacts/${CONTACT}`)).body, { custom_params: customParams })
  t.equal((await v3('PUT', '/contacts', { json: { contacts: {} } })).status, 400)
})

t.test('teams are given to the contact of the target', async (t) => {
  const { v3 } = await startClient(t)
  await v3('POST', '/contacts', { json: { whatsapp_number: CONTACT, name: 'Ana' } })
  const given = await v3('PUT', '/contacts/teams', { json: { target: CONTACT, teams: ['Sales'] } })
  t.same(given.body, { result: true })
  t.match((await v3('GET', `/contacts/${CONTACT}`)).body, { teams: ['Sales'] })
  t.equal((await v3('PUT', '/contacts/teams', { json: { target: CONTACT } })).status, 400)
  t.equal((await v3('PUT', '/contacts/teams', { json: { target: OTHER, teams: [] } })).status, 404)
})

t.test('a contact that nobody knows is a 404, a number that is none a 400', async (t) => {
  const { v3, call } = await startClient(t)
  t.match(await v3('GET', `/contacts/${CONTACT}`), { status: 404, body: { code: 404 } })
  t.match(await v3('POST', '/contacts', { json: { whatsapp_number: '12', name: 'x' } }), { status: 400 })

  await call('POST', `/api/v1/sendSessionMessage/${CONTACT}?messageText=hi`)
  const { body } = await v3('POST', '/conversations/messages/text', { json: { target: CONTACT, text: 'hi' } })
  const conversation = (body['message'] as { conversation_id: string }).conversation_id
  const answer = await v3('GET', `/contacts/${conversation}`)
  t.equal(answer.status, 404, 'a ConversationId is not a contact')
})
