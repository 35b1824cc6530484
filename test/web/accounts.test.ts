import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { TENANT, WATI_TOKEN } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, type Scene, seen, signedIn, startScene } from './scene.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

/** Presses Tab until the control has the focus: whoever has no mouse gets there, too. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (await control.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error('the control is not reached by keyboard')
}

const hasFocus = (control: Locator): Promise<boolean> =>
  control.evaluate((element) => element === document.activeElement)

t.test('accounts', async (t) => {
  const scene: Scene = await startScene(t, { REDIS_TIMEOUT_MS: '5000' })
  t.teardown(closeBrowser)
  const { a, write } = scene
  const base = { tenantId: TENANT, baseUrl: scene.sandbox.url, token: WATI_TOKEN }
  const expiring = async (id: string, days: number): Promise<void> => {
    await write('PUT', `/v1/accounts/${id}`, base)
    const expiresAt = new Date(Date.now() + days * DAY_MS).toISOString()
    await write('PUT', `/v1/accounts/${id}/token?verify=false`, { token: WATI_TOKEN, expiresAt })
  }
  const asMaria = (path: string, json: unknown) =>
    a.admin('PUT', path, { json, claims: { sub: 'maria', scope: 'admin:read admin:write' } })
  const read = async (id: string) => (await a.admin('GET', `/v1/accounts/${id}`)).body
  const card = (page: Page, title: string): Locator =>
    page.locator('section.card', { has: page.getByRole('heading', { name: title, exact: true }) })
  const limitsRow = (page: Page, name: string): Locator =>
    card(page, 'Limits').getByRole('row', { name: new RegExp(`^${name}\\b`) })

  await t.test('the list shows fingerprint, age and expiry of each token in words', async (t) => {
    await expiring('late', -2)
    await expiring('soon', 5.5)
    await expiring('far', 90.5)
    const page = await signedIn(t, scene, '/accounts')
    const row = (id: string): Locator => page.getByRole('row', { name: new RegExp(`^${id}\\b`) })
    const texts = async (id: string): Promise<string> => (await row(id).innerText()).replaceAll(/\s+/g, ' ')
    await row('acme').waitFor()
    t.match(await texts('acme'), /388428 Growth [0-9a-f]{8} written (now|.* ago) no expiry is known/)
    t.match(await texts('acme'), /0 of 10,000 calls \(0%\) none$/)
    t.match(await texts('late'), /expired 2 days ago Expired .*The token expired on/)
    t.match(await texts('soon'), /expires in 5 days Expires soon .*The token expires in 5 days/)
    t.match(await texts('far'), /expires in 3 months 0 of/)
    t.equal(await row('soon').getByRole('progressbar', { name: 'Calls of this month' }).count(), 1)
    t.same(complaintsOf(page), [])
  })

  await t.test('many accounts are leafed through', async (t) => {
    for (let n = 10; n < 65; n++) await write('PUT', `/v1/accounts/zone-${n}`, base)
    const page = await signedIn(t, scene, '/accounts')
    await page.getByRole('link', { name: 'zone-10' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'zone-64' }).count(), 0)
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByRole('link', { name: 'zone-64' }).waitFor()
    await seen(page, 'Page 2')
    await page.getByRole('button', { name: 'Previous page' }).click()
    await page.getByRole('link', { name: 'acme' }).waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('an account is created by keyboard alone, and one is led to it', async (t) => {
    const page = await signedIn(t, scene, '/accounts')
    await tabTo(page, page.getByRole('button', { name: 'New account' }))
    await page.keyboard.press('Enter')
    const title = page.getByRole('heading', { level: 1, name: 'New account' })
    await title.waitFor()
    t.ok(await hasFocus(title), 'a screen reader begins at the title')
    const type = async (label: string | RegExp, text: string): Promise<void> => {
      await tabTo(page, page.getByLabel(label))
      await page.keyboard.type(text)
    }
    await type(/^Id/, 'brasil')
    await type(/^Tenant id/, TENANT)
    await type(/^Address of Wati/, scene.sandbox.url)
    await type('Description', 'Vendas no Brasil')
    await type('Token (required)', WATI_TOKEN)
    await type('Plan', 'Business')
    await type('Calls a month', 'A limit')
    await type('How many calls a month', '5000')
    await tabTo(page, page.getByLabel('Refuse calls once'))
    await page.keyboard.press('Space')
    await tabTo(page, page.getByRole('button', { name: 'Add a limit' }))
    await page.keyboard.press('Enter')
    const endpoint = page.getByLabel('Endpoint', { exact: true })
    await endpoint.waitFor()
    t.ok(await hasFocus(endpoint), 'the new limit is named next')
    await page.keyboard.type('sendSessionMessage')
    await type('Calls at most', '7')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'brasil' }).waitFor()
    await seen(page, 'The account brasil was created.')
    t.match(await read('brasil'), {
      ...{ tenantId: TENANT, baseUrl: scene.sandbox.url, description: 'Vendas no Brasil', plan: 'business' },
      limits: { monthlyCalls: 5_000, sendSessionMessage: { max: 7, windowSeconds: 10 } },
      enforceQuota: true,
    })
    await seen(page, '0 of 5,000 calls (0%)')
    await seen(page, /calls are refused until the first of the next month/)
    t.match(await limitsRow(page, 'sendSessionMessage').innerText(), /7 calls in 10 s\s+this account/)
    t.match(await limitsRow(page, 'sendTemplateMessage').innerText(), /100 calls in 10 s\s+the plan Business/)
    t.same(complaintsOf(page), [])
  })

  await t.test('what is wrong is said beside its field, which gets the focus', async (t) => {
    const page = await signedIn(t, scene, '/accounts/-/new')
    const create = page.getByRole('button', { name: 'Create the account' })
    const refusedAt = async (label: string | RegExp, sentence: string | RegExp): Promise<void> => {
      await create.click()
      await page.locator('.wrong', { hasText: sentence }).waitFor()
      const field = page.getByLabel(label)
      t.equal(await field.getAttribute('aria-invalid'), 'true', String(label))
      t.ok(await hasFocus(field), `${String(label)} has the focus`)
      t.equal(await page.locator('.note.error').count(), 0, 'and it is said once')
    }
    await refusedAt(/^Id/, 'Give the account an id.')
    await page.getByLabel(/^Id/).fill('Not An Id')
    await refusedAt(/^Id/, /lower-case letters, digits and dashes/)
    await page.getByLabel(/^Id/).fill('acme')
    await refusedAt(/^Tenant id/, /digits, as a string/)
    await page.getByLabel(/^Tenant id/).fill(TENANT)
    await page.getByLabel(/^Address of Wati/).fill('https://evil.example')
    // Whether there is such a record is looked at once the form itself is right.
    await refusedAt(/^Id/, 'There is an account with this id already.')
    await page.getByLabel(/^Id/).fill('fresh')
    await refusedAt(/^Address of Wati/, /"baseUrl" cannot be used/)
    await page.getByLabel(/^Address of Wati/).fill(scene.sandbox.url)
    await refusedAt('Token (required)', /needs the field "token"/)
    await page.getByLabel('Token (required)').fill('short')
    await refusedAt('Token (required)', /"token" must be/)
    await page.getByLabel('Where the token comes from').selectOption('env')
    await page.getByLabel('Name of the environment variable').fill('NOT_SET_ANYWHERE')
    await refusedAt('Name of the environment variable', /NOT_SET_ANYWHERE is not set/)
    await page.getByLabel('Where the token comes from').selectOption('pasted')
    t.equal(await page.getByLabel('Token (required)').inputValue(), '', 'a token does not linger unseen')
    await page.getByLabel('Token (required)').fill(WATI_TOKEN)
    await page.getByLabel('Calls a month', { exact: true }).selectOption('own')
    await page.getByLabel('How many calls a month').fill('many')
    await refusedAt('How many calls a month', 'Write a whole number')
    await page.getByLabel('How many calls a month').fill('100')
    await page.getByRole('button', { name: 'Add a limit' }).click()
    await refusedAt('Endpoint', 'Name the endpoint.')
    await page.getByLabel('Endpoint').fill('sendFax')
    await refusedAt('Calls at most', 'Write a whole number')
    await page.getByLabel('Calls at most').fill('0')
    await refusedAt('Calls at most', /limits\.sendFax/)
    await page.getByLabel('Calls at most').fill('3')
    await refusedAt('Endpoint', /an endpoint that Wati does not have: sendFax/)
    await page.getByRole('button', { name: 'Remove this limit' }).click()
    await create.click()
    await page.getByRole('heading', { level: 1, name: 'fresh' }).waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('a token that is kept in a file is named by its place', async (t) => {
    const file = `${t.testdir({ token: WATI_TOKEN })}/token`
    const page = await signedIn(t, scene, '/accounts/-/new')
    await page.getByLabel(/^Id/).fill('filed')
    await page.getByLabel(/^Tenant id/).fill(TENANT)
    await page.getByLabel(/^Address of Wati/).fill(scene.sandbox.url)
    await page.getByLabel('Where the token comes from').selectOption('file')
    await page.getByLabel('Path of the file').fill(file)
    await page.getByRole('button', { name: 'Create the account' }).click()
    await page.getByRole('heading', { level: 1, name: 'filed' }).waitFor()
    await seen(page, `the file ${file}`)
    t.match(await read('filed'), { tokenFrom: { file } })
    t.same(complaintsOf(page), [])
  })

  await t.test('plan and limits are changed, and the token stays as it is', async (t) => {
    await write('PUT', '/v1/accounts/edited', { ...base, description: 'before' })
    const { token } = await read('edited')
    const page = await signedIn(t, scene, '/accounts/edited')
    t.match(await limitsRow(page, 'sendTemplateMessage').innerText(), /30 calls in 10 s\s+the plan Growth/)
    await page.getByRole('button', { name: 'Edit' }).click()
    const heading = page.getByRole('heading', { name: 'Edit edited' })
    await heading.waitFor()
    t.ok(await hasFocus(heading))
    await page.getByLabel('Description').fill('after')
    await page.getByLabel('Plan', { exact: true }).selectOption({ label: 'Pro' })
    const group = (name: string): Locator => page.getByRole('group', { name, exact: true })
    await group('sendTemplateMessages').getByLabel('Limit').selectOption({ label: 'A limit of its own' })
    await group('sendTemplateMessages').getByLabel('Calls at most').fill('12')
    await group('sendTemplateMessages').getByLabel('In seconds').fill('30')
    await group('getContacts').getByLabel('Limit').selectOption({ label: 'No limit' })
    await page.getByLabel('Calls a month', { exact: true }).selectOption({ label: 'No limit' })
    await page.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'The account edited was saved.')
    await seen(page, 'In force on all 2 replicas.')
    t.match(await limitsRow(page, 'sendTemplateMessage').innerText(), /60 calls in 10 s\s+the plan Pro/)
    t.match(await limitsRow(page, 'sendTemplateMessages').innerText(), /12 calls in 30 s\s+this account/)
    t.match(await limitsRow(page, 'getContacts').innerText(), /no limit\s+this account/)
    await seen(page, '0 calls this month, without a limit')
    t.match(await read('edited'), {
      ...{ description: 'after', plan: 'pro', token },
      limits: {
        sendTemplateMessages: { max: 12, windowSeconds: 30 },
        ...{ getContacts: null, monthlyCalls: null },
      },
    })
    t.same(complaintsOf(page), [])
  })

  await t.test('a change of another admin is shown and never overwritten', async (t) => {
    await write('PUT', '/v1/accounts/shared', { ...base, description: 'ours' })
    const page = await signedIn(t, scene, '/accounts/shared')
    await page.getByRole('button', { name: 'Edit' }).click()
    await page.getByLabel('Description').fill('mine')
    const theirs = { tenantId: TENANT, baseUrl: scene.sandbox.url, description: 'theirs', plan: 'business' }
    await asMaria('/v1/accounts/shared', theirs)
    await page.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'maria changed the account meanwhile. Nothing of yours was saved yet.')
    await seen(page, 'Description: ours → theirs')
    await seen(page, 'Plan: Growth → Business')
    await seen(page, 'sendTemplateMessage: 30 calls in 10 s → 100 calls in 10 s')
    t.match(await read('shared'), theirs, 'nothing was overwritten')
    t.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'and cannot be without a choice')
    await page.getByRole('button', { name: 'Load theirs, drop what I changed' }).click()
    t.equal(await page.getByLabel('Description').inputValue(), 'theirs')
    t.equal(await page.getByLabel('Plan', { exact: true }).inputValue(), 'business')

    await page.getByLabel('Description').fill('mine')
    await asMaria('/v1/accounts/shared', { ...theirs, description: 'theirs again', plan: 'pro' })
    await page.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'Description: theirs → theirs again')
    await page.getByRole('button', { name: 'Load theirs, keep what I changed' }).click()
    t.equal(await page.getByLabel('Description').inputValue(), 'mine')
    t.equal(
      await page.getByLabel('Plan', { exact: true }).inputValue(),
      'pro',
      'theirs, which I did not touch',
    )
    await page.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'The account shared was saved.')
    t.match(await read('shared'), { description: 'mine', plan: 'pro' })
    t.same(complaintsOf(page), [])
  })

  await t.test(
    'the calls of the month are shown against their limit, at 80, 95 and 100 percent',
    async (t) => {
      const account = { tenantId: TENANT, baseUrl: scene.sandbox.url }
      for (let n = 0; n < 19; n++) await a.call('GET', '/channels/sales/api/v1/getMessageTemplates')
      const page = await signedIn(t, scene, '/accounts/acme')
      const quota = card(page, 'Monthly quota')
      const bar = quota.getByRole('progressbar', { name: 'Calls of this month of the account acme' })
      const shows = async (monthlyCalls: number, words: string, value: string): Promise<void> => {
        await write('PUT', '/v1/accounts/acme', { ...account, limits: { monthlyCalls } })
        await page.reload()
        await quota.getByText(words, { exact: true }).waitFor()
        t.equal(await bar.getAttribute('value'), value, words)
      }
      await shows(100, '19 of 100 calls (19%)', '19')
      t.equal(await quota.locator('.badge').count(), 0)
      await shows(23, 'Over 80% used', '82')
      await shows(20, 'Over 95% used', '95')
      await shows(19, 'Used up', '100')
      await seen(page, '100 % of the 19 calls of this month are used (19).')
      await write('PUT', '/v1/accounts/acme', account)
      t.same(complaintsOf(page), [])
    },
  )

  await t.test('an account is deleted once its id is typed, and never while channels use it', async (t) => {
    const page = await signedIn(t, scene, '/accounts/acme')
    const ask = page.getByRole('button', { name: 'Delete…' })
    await ask.click()
    const field = page.getByLabel('Type the id')
    await field.fill('acm')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await seen(page, 'That is not the id: type acme.')
    t.ok(await hasFocus(field))
    await field.fill('acme')
    await page.keyboard.press('Enter')
    await seen(page, /2 channel\(s\) use the account \(sales, support\): move or delete them first\./)
    const way = page.getByRole('dialog').getByRole('link', { name: 'Show the channels' })
    t.equal(await way.getAttribute('href'), '#/channels?account=acme')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.ok(await hasFocus(ask), 'the focus is back where it was')

    await page.goto(`${a.gateway.adminUrl}/#/accounts/late`)
    await page.getByRole('heading', { level: 1, name: 'late' }).waitFor()
    await ask.click()
    await field.fill('late')
    await page.keyboard.press('Enter')
    await seen(page, 'The account late was deleted.')
    const title = page.getByRole('heading', { level: 1, name: 'Accounts' })
    await title.waitFor()
    t.ok(await hasFocus(title))
    await page.getByRole('link', { name: 'acme' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'late', exact: true }).count(), 0)
    t.equal((await a.admin('GET', '/v1/accounts/late')).status, 404)
    t.same(complaintsOf(page), [])
  })

  await t.test('an account leads to the channels that use it', async (t) => {
    const page = await signedIn(t, scene, '/accounts/acme')
    await page.getByRole('link', { name: 'Show the channels of this account' }).click()
    t.equal(new URL(page.url()).hash, '#/channels?account=acme')
    t.same(complaintsOf(page), [])
  })

  await t.test('a read-only admin sees everything and has nothing to change it with', async (t) => {
    const page = await signedIn(t, scene, '/accounts', { claims: READ_ONLY })
    await page.getByRole('link', { name: 'acme' }).click()
    await card(page, 'Limits').waitFor()
    await card(page, 'Token').getByText('Fingerprint', { exact: true }).waitFor()
    const buttons = await page.locator('main').getByRole('button').allInnerTexts()
    t.same(buttons, [], 'no button at all')
    await page.goto(`${a.gateway.adminUrl}/#/accounts/-/new`)
    await seen(page, 'you see everything and change nothing')
    t.equal(await page.locator('main input').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('an account that is not there is said to be missing', async (t) => {
    const page = await signedIn(t, scene, '/accounts/nobody')
    await page.getByRole('alert').getByText('There is no such account.').waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('a description that is markup shows as text', async (t) => {
    const hostile = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    await write('PUT', '/v1/accounts/edited', { ...base, description: hostile })
    const page = await signedIn(t, scene, '/accounts/edited')
    await seen(page, hostile)
    t.equal(await page.locator('main img, main script').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('in Portuguese', async (t) => {
    const page = await signedIn(t, scene, '/accounts', { locale: 'pt-BR' })
    await page.getByRole('heading', { level: 1, name: 'Contas' }).waitFor()
    await page.getByRole('link', { name: 'brasil' }).click()
    await seen(page, '0 de 5.000 chamadas (0%)')
    await page.getByRole('button', { name: 'Editar' }).click()
    await page.getByLabel('Plano', { exact: true }).selectOption({ label: 'Pro' })
    await page.getByRole('button', { name: 'Salvar' }).click()
    await seen(page, 'A conta brasil foi salva.')
    await seen(page, 'Em vigor em todas as 2 réplicas.')
    t.match(await limitsRowIn(page, 'sendTemplateMessage').innerText(), /60 chamadas em 10 s\s+plano Pro/)
    t.same(complaintsOf(page), [])
  })
})

const limitsRowIn = (page: Page, name: string): Locator =>
  page.getByRole('row', { name: new RegExp(`^${name}\\b`) })
