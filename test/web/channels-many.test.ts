import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { fillRedisAtOnce } from '../faults/many-records.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { startBare } from '../helpers/running-gateway.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { seen, signedIn } from './scene.ts'

const MANY = 100_000
const keys = `k1:${Buffer.alloc(32, 7).toString('base64')}`

/** What the list searched for in each of its requests: of the overview, which asks for a few, too, one may be late. */
function noteRequests(page: Page): (string | null)[] {
  const searched: (string | null)[] = []
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname === '/v1/channels' && searchParams.get('limit') === '50')
      searched.push(searchParams.get('q'))
  })
  return searched
}

t.test(`${MANY} channels`, async (t) => {
  const redis = await startRedis(t)
  const sandbox = await startSandbox({})
  t.teardown(() => sandbox.close())
  await fillRedisAtOnce(redis, { keys, channels: MANY, wati: sandbox.url })
  const settings = { REDIS_URL: redis.url, ENCRYPTION_KEYS: keys, WATI_HOSTS: sandbox.url }
  const a = await startBare(t, settings)
  t.teardown(closeBrowser)
  // So many take seconds to load; until then nobody can sign in.
  while ((await a.admin('GET', '/readyz')).status !== 200) await sleep(50)
  const change = async (json: object) => {
    const { status, text } = await a.admin('PATCH', '/v1/channels/line-77777', { json })
    if (status !== 200) throw new Error(text)
  }
  const rows = (page: Page) => page.locator('tbody tr').count()
  const found = (page: Page, alias: string) => page.getByRole('link', { name: alias, exact: true }).waitFor()

  await t.test('the list shows fifty, for one request, and leafs on for one each', async (t) => {
    const page = await signedIn(t, { a })
    const requests = noteRequests(page)
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' }).click()
    await found(page, 'line-0')
    t.equal(requests.length, 1)
    t.equal(await rows(page), 50)
    await page.getByRole('button', { name: 'Next page' }).click()
    await found(page, 'line-10043')
    await page.getByRole('button', { name: 'Next page' }).click()
    await seen(page, 'Page 3')
    await found(page, 'line-10088')
    t.equal(requests.length, 3)
    t.equal(await rows(page), 50)
    await page.getByRole('button', { name: 'Previous page' }).click()
    await found(page, 'line-10043')
    t.same(complaintsOf(page), [])
  })

  await t.test('a search for one alias, number or description finds it among all', async (t) => {
    await change({ description: 'The needle' })
    const page = await signedIn(t, { a }, '/channels')
    await found(page, 'line-0')
    for (const text of ['line-77777', '+55 000000-77777', 'THE NEEDLE']) {
      const requests = noteRequests(page)
      await page.getByLabel('Search').fill(text)
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      await found(page, 'line-77777')
      t.equal(await rows(page), 1)
      t.ok(requests.length <= 6, `${text}: ${requests.length} requests`)
      await page.getByRole('button', { name: 'Show all channels' }).click()
      await found(page, 'line-0')
    }
    await page.getByLabel('Search').fill('nobody-has-this')
    await seen(page, 'Nothing was found.')
    t.same(complaintsOf(page), [])
  })

  await t.test('typing asks once the typing pauses', async (t) => {
    const page = await signedIn(t, { a }, '/channels')
    await found(page, 'line-0')
    const requests = noteRequests(page)
    await page.getByLabel('Search').pressSequentially('line-777', { delay: 20 })
    await found(page, 'line-777')
    t.same([...new Set(requests)], ['line-777'])
    t.same(complaintsOf(page), [])
  })

  await t.test('filters and page are still there when one comes back from a channel', async (t) => {
    await change({ enabled: false })
    const page = await signedIn(t, { a }, '/channels')
    await page.getByLabel('State').selectOption('off')
    await found(page, 'line-77777')
    t.equal(await rows(page), 1)
    await page.getByLabel('State').selectOption('on')
    await page.getByLabel('Account').selectOption('acme')
    await page.getByLabel('Search').fill('line-5')
    await found(page, 'line-5')
    await page.getByRole('button', { name: 'Next page' }).click()
    await found(page, 'line-50043')
    const address = page.url()
    t.match(address, /#\/channels\?q=line-5&account=acme&enabled=true$/)
    await page.getByRole('link', { name: 'line-50043', exact: true }).click()
    await page.getByRole('heading', { name: 'line-50043' }).waitFor()
    await page.goBack()
    await found(page, 'line-50043')
    await seen(page, 'Page 2')
    t.equal(page.url(), address)
    t.equal(await page.getByLabel('Search').inputValue(), 'line-5')
    t.equal(await page.getByLabel('State').inputValue(), 'true')
    t.equal(await page.getByLabel('Account').inputValue(), 'acme')
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Channels' }).click()
    await found(page, 'line-0')
    t.equal(await page.getByLabel('Search').inputValue(), '', 'the way in leads to all of them')
    const other = await page.context().newPage()
    await other.goto(address)
    await found(other, 'line-5')
    t.equal(await other.getByLabel('Search').inputValue(), 'line-5', 'the address alone is enough')
    t.same(complaintsOf(page), [])
  })

  await t.test('with very many accounts, the account is typed, with suggestions', async (t) => {
    const account = { tenantId: '777001', baseUrl: sandbox.url, token: 'a-token-that-nobody-asks-with' }
    for (let i = 0; i < 200; i++) {
      const { status, text } = await a.admin('PUT', `/v1/accounts/more-${i}`, { json: account })
      if (status !== 201) throw new Error(text)
    }
    const page = await signedIn(t, { a }, '/channels')
    const field = page.getByRole('combobox', { name: 'Account' })
    await page.locator('datalist option').first().waitFor({ state: 'attached' })
    await field.fill('more-7')
    await seen(page, 'Nothing was found.')
    await field.fill('acme')
    await found(page, 'line-0')
    t.same(complaintsOf(page), [])
  })
})
