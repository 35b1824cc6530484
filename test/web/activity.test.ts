import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { TENANT, WATI_TOKEN } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, type Scene, seen, signedIn, startScene } from './scene.ts'

const ANA = { sub: 'ana' }
const OTHER_NUMBER = '5511999990001'

const entries = (page: Page): Locator => page.getByRole('main').locator('ol > li')
const entry = (page: Page, sentence: string | RegExp): Locator => entries(page).filter({ hasText: sentence })

/** What ana does, one change of every kind that she can make. */
async function work({ a, sandbox }: Scene): Promise<string> {
  const ana = async (method: string, path: string, json?: unknown): Promise<Record<string, unknown>> => {
    const answer = await a.admin(method, path, { claims: ANA, ...(json !== undefined && { json }) })
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
    return answer.text === '' ? {} : answer.body
  }
  const account = { tenantId: TENANT, baseUrl: sandbox.url }
  await ana('PUT', '/v1/accounts/globex', { ...account, token: 'another-token-of-wati' })
  await ana('PUT', '/v1/accounts/globex', { ...account, plan: 'pro' })
  await ana('PUT', '/v1/accounts/globex', { ...account, plan: 'pro', limits: { monthlyCalls: 9 } })
  await ana('PUT', '/v1/accounts/globex/token?verify=false', { token: WATI_TOKEN })
  await ana('PUT', '/v1/channels/vip', { account: 'acme', number: OTHER_NUMBER })
  await ana('PATCH', '/v1/channels/vip', { number: '85264318722' })
  await ana('PATCH', '/v1/channels/vip', { account: 'globex' })
  await ana('PATCH', '/v1/channels/vip', { enabled: false })
  await ana('PATCH', '/v1/channels/vip', { enabled: true })
  await ana('PATCH', '/v1/channels/vip', { description: '<b onclick="alert(1)">bold</b>' })
  await ana('PATCH', '/v1/channels/vip', { description: null })
  await ana('PATCH', '/v1/channels/vip', { labels: { team: 'a' }, weight: 2, monthlyCalls: 7 })
  await ana('PATCH', '/v1/channels/vip', { labels: { team: 'b' } })
  await ana('DELETE', '/v1/channels/vip')
  await ana('DELETE', '/v1/accounts/globex')
  const { jti } = await ana('POST', '/v1/tokens', {
    ...{ sub: 'shop', channels: ['sales'], scope: 'messages:send', expiresIn: 600 },
  })
  await ana('DELETE', `/v1/tokens/${String(jti)}`)
  await ana('POST', '/v1/keys/rotate')
  return String(jti)
}

/** What no admin can bring about within a test. */
const RARE = [
  { action: 'token.forget', actor: 'wati-gateway', target: { kind: 'token', id: 'j-1' } },
  { action: 'directory.reseed', target: { kind: 'directory', id: 'directory' }, to: { records: 12 } },
  { action: 'unreadable', actor: null, target: { kind: 'channel', id: 'sales' } },
  { action: 'channel.paint', target: { kind: 'channel', id: 'sales' } },
].map(({ action, actor = 'ana', target, to = {} }, at) => ({
  ...{ id: String(at + 1), at: actor === null ? null : '2026-11-22T12:00:00.000Z', action, target },
  actor: { sub: actor, jti: null, address: actor === null ? null : '192.0.2.7' },
  changes: Object.entries(to).map(([field, value]) => ({ field, to: value })),
  requestId: null,
}))

t.teardown(closeBrowser)

t.test('the changes', async (t) => {
  const scene = await startScene(t)
  const jti = await work(scene)
  const page = await signedIn(t, scene, '/activity')
  const until = async (count: number): Promise<void> => {
    await page.waitForFunction((wanted) => document.querySelectorAll('main ol > li').length === wanted, count)
  }
  const hash = (): string => decodeURIComponent(new URL(page.url()).hash)

  await t.test('each change is a sentence, the newest first', async (t) => {
    await seen(page, 'ana had everything sealed anew with the key k1')
    t.same(await entries(page).locator('.sentence').allInnerTexts(), [
      'ana had everything sealed anew with the key k1',
      `ana revoked the token ${jti}`,
      'ana issued a token for the caller shop',
      'ana deleted the account globex',
      'ana deleted the channel vip',
      'ana changed the field labels.team of the channel vip from a to b',
      'ana changed the weight, the calls a month and the labels of the channel vip',
      'ana took away the description of the channel vip, which was <b onclick="alert(1)">bold</b>',
      'ana set the description of the channel vip to <b onclick="alert(1)">bold</b>',
      'ana switched the channel vip on',
      'ana switched the channel vip off',
      'ana moved the channel vip from the account acme to the account globex',
      'ana changed the number of the channel vip from 5511999990001 to 85264318722',
      'ana created the channel vip with the number 5511999990001 of the account acme',
      'ana wrote a new token for the account globex',
      'ana set the field limits.monthlyCalls of the account globex to 9',
      'ana changed the plan of the account globex from growth to pro',
      'ana created the account globex',
      'admin created the channel support with the number 85264318721 of the account acme',
      'admin created the channel sales with the number 85264318722 of the account acme',
      'admin created the account acme',
    ])
    t.same(complaintsOf(page), [])
  })

  await t.test('with its age, its exact time, where it came from, and all that it changed', async (t) => {
    const change = entry(page, 'ana changed the number of the channel vip')
    const { body } = await scene.a.admin('GET', '/v1/audit?kind=channel&id=vip&order=asc')
    const item = (body['items'] as { at: string; requestId: string }[])[1]!
    t.equal(await change.getByRole('time').getAttribute('datetime'), item.at)
    t.match(await change.innerText(), /(?:now|\d+ (?:seconds?|minutes?) ago) · .*, .* · from 127\.0\.0\.1/)
    await change.getByText('Details').focus()
    await page.keyboard.press('Enter')
    const table = change.getByRole('table')
    t.same((await table.getByRole('row').last().innerText()).split(/\s+/), [
      ...['number', OTHER_NUMBER, '85264318722'],
    ])
    await change.getByText(item.requestId).waitFor()
  })

  await t.test(
    'it is filtered by who, what, kind, name and time, and the address tells by what',
    async (t) => {
      await page.getByLabel('Who', { exact: true }).fill('admin')
      await until(3)
      t.equal(hash(), '#/activity?actor=admin')
      await page.getByLabel('What', { exact: true }).selectOption('Account created')
      await until(1)
      t.equal(hash(), '#/activity?actor=admin&action=account.create')
      await page.getByRole('button', { name: 'Clear the filters' }).click()
      await until(21)
      t.equal(hash(), '#/activity')
      await page.getByLabel('Kind').selectOption('Accounts')
      await page.getByLabel('Name').fill('globex')
      await until(5)
      const longAgo = '2020-01-01T00:00'
      await page.getByLabel('Until').fill(longAgo)
      await seen(page, 'No change was found.')
      await page.getByLabel('Until').fill('')
      await page.getByLabel('Since').fill(longAgo)
      await until(5)
      t.equal(hash(), `#/activity?kind=account&id=globex&since=${longAgo}`)
      await page.reload()
      await until(5)
      t.equal(await page.getByLabel('Since').inputValue(), longAgo, 'the address is the filter')
    },
  )

  await t.test('other views lead to the changes of one channel', async (t) => {
    await page.evaluate(() => (location.hash = '#/activity?kind=channel&id=sales'))
    await until(1)
    t.equal(await page.getByLabel('Kind').inputValue(), 'channel')
    t.equal(await page.getByLabel('Name').inputValue(), 'sales')
    const change = entry(page, 'admin created the channel sales')
    await change.getByText('Details').click()
    await change.getByRole('link', { name: 'Open the channel' }).click()
    await page.waitForURL(/#\/channels\/sales$/)
    await page.goBack()
    await page.getByRole('link', { name: 'Activity' }).click()
    await until(21)
  })

  await t.test('a refusal stands beside the field that it is about', async (t) => {
    await page.evaluate(() => (location.hash = '#/activity?since=yesterday'))
    const field = page.getByLabel('Since')
    const wrong = page.getByText(/The field "since" must be a time such as/)
    await wrong.waitFor()
    t.equal(await wrong.count(), 1, 'there and nowhere else')
    t.equal(await field.getAttribute('aria-invalid'), 'true')
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await until(21)
  })

  await t.test('a long list is leafed through, by keyboard, too', async (t) => {
    for (let weight = 1; weight <= 9; weight++) await scene.write('PATCH', '/v1/channels/sales', { weight })
    await page.getByRole('button', { name: 'Look again' }).click()
    await entry(page, 'admin changed the weight of the channel sales from 8 to 9').waitFor()
    t.equal(await entries(page).count(), 25)
    await page.getByRole('button', { name: 'Next page' }).focus()
    await page.keyboard.press('Enter')
    await until(5)
    await entry(page, 'admin created the account acme').waitFor()
    await page.getByRole('button', { name: 'Previous page' }).focus()
    await page.keyboard.press('Space')
    await until(25)
    t.same(complaintsOf(page), [])
  })

  await t.test('who may only read sees the same', async (t) => {
    const reader = await signedIn(t, scene, '/activity?actor=ana&kind=account', { claims: READ_ONLY })
    await entry(reader, 'ana deleted the account globex').waitFor()
    t.same(complaintsOf(reader), [])
  })

  await t.test('signing out is told of', async (t) => {
    const other = await signedIn(t, scene, '/activity', { claims: { sub: 'bob' } })
    await other.getByRole('button', { name: 'Sign out' }).click()
    await other.getByLabel('Admin token').waitFor()
    await page.getByLabel('Who', { exact: true }).fill('bob')
    await seen(page, 'bob signed out')
  })

  await t.test('what seldom happens is a sentence, too', async (t) => {
    const rare = await signedIn(t, scene)
    await rare.route('**/v1/audit?**', (route) => route.fulfill({ json: { items: RARE, nextCursor: null } }))
    await rare.getByRole('link', { name: 'Activity' }).click()
    await seen(rare, /wati-gateway forgot/)
    t.same(await entries(rare).locator('.sentence').allInnerTexts(), [
      'wati-gateway forgot the token j-1, which had ended long ago',
      'ana wrote the directory back into the store (records: 12)',
      'A change of the channel sales cannot be read: its seal does not hold',
      'ana: channel.paint, about the channel sales',
    ])
    t.same(complaintsOf(rare), [])
  })

  await t.test('in Portuguese, and on a phone', async (t) => {
    const phone = await signedIn(t, scene, '/activity?actor=ana', {
      ...{ locale: 'pt-BR', viewport: { width: 390, height: 844 } },
    })
    await seen(phone, 'ana excluiu o canal vip')
    const sentences = await entries(phone).locator('.sentence').allInnerTexts()
    for (const sentence of [
      'ana alterou o número do canal vip de 5511999990001 para 85264318722',
      'ana moveu o canal vip da conta acme para a conta globex',
      'ana alterou o plano da conta globex de growth para pro',
      'ana emitiu um token para o chamador shop',
    ])
      t.ok(sentences.includes(sentence), sentence)
    t.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 390)
    t.same(complaintsOf(phone), [])
  })
})
