import type { Page } from 'playwright-core'
import t from 'tap'
import { SALES_NUMBER } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { seen, signedIn, startScene } from './scene.ts'

const MARIA = { sub: 'maria' }

t.test('two admins change one channel', async (t) => {
  const scene = await startScene(t)
  const { a, b } = scene
  t.teardown(closeBrowser)

  const start = { account: 'acme', number: SALES_NUMBER, description: 'Sales', weight: 2 }
  const begin = () => scene.write('PUT', '/v1/channels/sales?wait=all', start)
  /** Another admin, at the other replica. */
  const maria = async (method: string, json?: object): Promise<void> => {
    const options = { claims: MARIA, ...(json !== undefined && { json }) }
    const { status, text } = await b.admin(method, '/v1/channels/sales?wait=all', options)
    if (status >= 300) throw new Error(text)
  }
  const stored = async () => (await a.admin('GET', '/v1/channels/sales')).body
  const open = async (page: Page, button: string) => {
    await page.getByRole('button', { name: button, exact: true }).click()
    return page.getByRole('dialog')
  }
  const cellsOf = async (page: Page, field: string) =>
    await page
      .getByRole('row', { name: new RegExp(`^${field}`) })
      .getByRole('cell')
      .allInnerTexts()

  await t.test('who was slower is told who changed what, with both values side by side', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const dialog = await open(page, 'Edit')
    await dialog.getByLabel('Description').fill('Mine')
    await maria('PATCH', { description: 'Hers', weight: 9 })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'Somebody else changed this channel after you opened it.')
    await seen(page, 'Nothing of yours was written.')
    await seen(page, 'maria changed: Description, Weight')
    t.same(await cellsOf(page, 'Description'), ['Sales', 'Hers', 'Mine'])
    t.same(await cellsOf(page, 'Weight'), ['2', '9', 'not changed'])
    t.match(await stored(), { description: 'Hers', weight: 9 }, 'nothing was overwritten')
    t.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), 'first comes the choice')
    t.ok(
      await page.evaluate(() => document.activeElement?.getAttribute('role') === 'alert'),
      'with the focus',
    )
    t.same(complaintsOf(page), [])
  })

  await t.test('theirs can be taken', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const dialog = await open(page, 'Edit')
    await dialog.getByLabel('Description').fill('Mine')
    await maria('PATCH', { description: 'Hers' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Take theirs, drop mine' }).click()
    t.equal(await dialog.getByLabel('Description').inputValue(), 'Hers')
    t.ok(await dialog.getByLabel('Description').evaluate((input) => input === document.activeElement))
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    t.match(await stored(), { description: 'Hers' })
    await page.locator('dd', { hasText: 'Hers' }).waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('mine can go on top of theirs, and keeps what only they changed', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const dialog = await open(page, 'Edit')
    await dialog.getByLabel('Description').fill('Mine')
    await maria('PATCH', { description: 'Hers', weight: 9 })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('button', { name: 'Go on with mine, on top of theirs' }).click()
    t.equal(await dialog.getByLabel('Description').inputValue(), 'Mine')
    t.equal(await dialog.getByLabel('Weight').inputValue(), '9')
    t.match(await stored(), { description: 'Hers' }, 'nothing is written yet')
    await maria('PATCH', { weight: 11 })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'maria changed: Weight')
    await page.getByRole('button', { name: 'Go on with mine, on top of theirs' }).click()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'In force on all 2 replicas.')
    t.match(await stored(), { description: 'Mine', weight: 11 })
    t.same(complaintsOf(page), [])
  })

  await t.test('a re-pointing does not overwrite another', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const dialog = await open(page, 'Re-point')
    await dialog.getByLabel('Number').fill('5521900000001')
    await maria('PATCH', { number: '5521900000002' })
    await dialog.getByRole('button', { name: 'Re-point' }).click()
    await seen(page, 'maria changed: Number')
    t.same(await cellsOf(page, 'Number'), [SALES_NUMBER, '5521900000002', '5521900000001'])
    await page.getByRole('button', { name: 'Go on with mine, on top of theirs' }).click()
    const changes = dialog.locator('.what-changes dd')
    t.match(await changes.allInnerTexts(), [/5521900000002.*5521900000001/s], 'it starts from theirs now')
    t.match(await stored(), { number: '5521900000002' })
    await dialog.getByRole('button', { name: 'Re-point' }).click()
    await seen(page, 'The alias leads to 5521900000001 of the account acme now.')
    t.match(await stored(), { number: '5521900000001' })
    t.same(complaintsOf(page), [])
  })

  await t.test('switching off and deleting are decided on what was seen', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const off = await open(page, 'Switch off')
    await maria('PATCH', { description: 'Hers' })
    await off.getByRole('button', { name: 'Switch off' }).click()
    await seen(page, 'maria changed: Description')
    t.match(await stored(), { enabled: true })
    await page.getByRole('button', { name: 'Take theirs, drop mine' }).click()
    await page.locator('dd', { hasText: 'Hers' }).waitFor()
    const gone = await open(page, 'Delete')
    await gone.getByLabel('Type sales to delete it').fill('sales')
    await maria('PATCH', { description: 'Still in use' })
    await gone.getByRole('button', { name: 'Delete the channel' }).click()
    await seen(page, 'maria changed: Description')
    t.match(await stored(), { description: 'Still in use' })
    await page.getByRole('button', { name: 'Go on with mine, on top of theirs' }).click()
    await gone.getByRole('button', { name: 'Delete the channel' }).click()
    await seen(page, 'sales is deleted, on all replicas.')
    t.equal((await a.admin('GET', '/v1/channels/sales')).status, 404)
    t.same(complaintsOf(page), [])
  })

  await t.test('a channel that somebody deleted meanwhile is not brought back', async (t) => {
    await begin()
    const page = await signedIn(t, scene, '/channels/sales')
    const dialog = await open(page, 'Edit')
    await dialog.getByLabel('Description').fill('Mine')
    await maria('DELETE')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'Somebody else deleted this channel after you opened it.')
    await seen(page, 'maria deleted it')
    t.equal((await a.admin('GET', '/v1/channels/sales')).status, 404)
    await page.getByRole('button', { name: 'To the channels' }).click()
    await page.getByRole('heading', { name: 'Channels' }).waitFor()
    t.same(complaintsOf(page), [])
  })
})
