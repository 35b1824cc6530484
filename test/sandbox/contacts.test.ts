import t from 'tap'
import { CONTACT, listIn, matchAll, SECOND_NUMBER, startClient, TEMPLATE } from './client.ts'

const OTHER = '5511977776666'

t.test('contacts are added, changed and listed', async (t) => {
  const { call } = await startClient(t)
  const added = await call('POST', `/api/v1/addContact/${CONTACT}`, {
    json: { name: 'Ana', customParams: [{ name: 'city', value: 'Santos' }] },
  })
  t.match(added.body, {
    result: true,
    contact: { wAid: CONTACT, fullName: 'Ana', created: /^[A-Z][a-z]{2}-[0-9]{2}-[0-9]{4}$/ },
  })

  const city = [{ name: 'city', value: 'Recife' }]
  const changed = await call('POST', `/api/v1/updateContactAttributes/${CONTACT}`, {
    json: { customParams: [...city, { name: 'age', value: '41' }] },
  })
  t.same(changed.body, { result: true })
  const many = await call('POST', '/api/v1/updateContactAttributesForMultiContacts', {
    json: { contacts: [{ whatsappNumber: OTHER, customParams: city }] },
  })
  t.same(many.body, { result: true })

  const list = await call('GET', '/api/v1/getContacts')
  t.match(list.body, {
    result: 'success',
    contact_list: [
      { phone: CONTACT, fullName: 'Ana', customParams: [...city, { name: 'age', value: '41' }] },
      { phone: OTHER, customParams: city },
    ],
    link: { prevPage: null, nextPage: null, pageNumber: 1, total: 2 },
  })
})

t.test('contacts belong to the account, whichever number wrote to them', async (t) => {
  const { call } = await startClient(t)
  await call('POST', `/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`, {
    json: { ...TEMPLATE, channelNumber: SECOND_NUMBER },
  })
  const list = await call('GET', '/api/v1/getContacts')
  matchAll(t, listIn(list.body, 'contact_list'), [{ phone: CONTACT }])
})

t.test('contacts are found by name and come in pages', async (t) => {
  const { call } = await startClient(t)
  await call('POST', `/api/v1/addContact/${CONTACT}`, { json: { name: 'Ana' } })
  await call('POST', `/api/v1/addContact/${OTHER}`, { json: { name: 'Bia' } })
  const found = await call('GET', '/api/v1/getContacts?name=bi')
  t.match(found.body['link'], { total: 1 })
  matchAll(t, listIn(found.body, 'contact_list'), [{ fullName: 'Bia' }])
  const page = await call('GET', '/api/v1/getContacts?pageSize=1&pageNumber=2')
  matchAll(t, listIn(page.body, 'contact_list'), [{ fullName: 'Bia' }])
})

t.test('a contact who is not on WhatsApp is result:false', async (t) => {
  const { call } = await startClient(t)
  const contacts = [
    { whatsappNumber: CONTACT, customParams: [] },
    { whatsappNumber: '12', customParams: [] },
  ]
  const answers = [
    await call('POST', '/api/v1/addContact/12', { json: {} }),
    await call('POST', '/api/v1/updateContactAttributes/12', { json: {} }),
    await call('POST', '/api/v1/updateContactAttributesForMultiContacts', { json: { contacts } }),
  ]
  for (const { status, body } of answers) {
    t.equal(status, 200)
    t.match(body, { result: false, info: /Invalid/ })
  }
  const list = await call('GET', '/api/v1/getContacts')
  t.same(list.body['contact_list'], [])
})

t.test('a list of contacts that is none is a 400', async (t) => {
  const { call } = await startClient(t)
  const answer = await call('POST', '/api/v1/updateContactAttributesForMultiContacts', {
    json: { contacts: {} },
  })
  t.equal(answer.status, 400)
})
