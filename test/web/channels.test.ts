import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import t from 'tap'
import { REDIS_KEYS } from '../../src/directory/redis-keys.ts'
import { SALES_NUMBER, SUPPORT_NUMBER, callerToken } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, seen, signedIn, startScene } from './scene.ts'

t.test('channels', async (t) => {
  const scene = await startScene(t)
  const { a, b, write, sandbox } = scene
  t.teardown(closeBrowser)
  const account = { tenantId: '777001', baseUrl: sandbox.url, token: 'a-token-that-Wati-does-not-know' }
  await write('PUT', '/v1/accounts/globex', account)

  await t.test('a channel is created, and the page says where it is in force', async (t) => {
    const page = await signedIn(t, scene, '/channels')
    await page.getByRole('link', { name: 'New channel' }).click()
    await page.getByRole('heading', { name: 'New channel' }).waitFor()
    await page.getByLabel('Alias').fill('billing')
    await page.getByLabel('Account').selectOption('acme')
    await page.getByLabel('Number').fill('+55 11 98765-4321')
    await page.getByLabel('Description').fill('Invoices & reminders')
    await page.getByLabel('Weight').fill('3')
    await page.getByLabel('Calls a month').fill('20000')
    await page.getByLabel('Labels').fill('team=finance\ncity = São Paulo')
    await page.getByLabel('Switched on').uncheck()
    await page.getByRole('button', { name: 'Create the channel' }).click()
    await page.getByRole('heading', { name: 'billing', level: 1 }).waitFor()
    await seen(page, 'The channel was created.')
    await seen(page, 'In force on all 2 replicas.')
    for (const replica of [a, b]) {
      const { body } = await replica.admin('GET', '/v1/channels/billing')
      t.match(body, {
        ...{ account: 'acme', number: '5511987654321', enabled: false, weight: 3, monthlyCalls: 20_000 },
        ...{ description: 'Invoices & reminders', labels: { team: 'finance', city: 'São Paulo' } },
      })
    }
    for (const fact of ['Invoices & reminders', 'at most 20,000', 'city: São Paulo', 'off'])
      await page.locator('dd', { hasText: fact }).first().waitFor()
    await page.reload()
    await seen(page, 'Invoices & reminders')
    t.equal(await page.getByText('The channel was created.').count(), 0, 'a reload shows it as any other')
    t.same(complaintsOf(page), [])
  })

  await t.test('what is wrong with a new channel stands beside the field, which has the focus', async (t) => {
    const page = await signedIn(t, scene, '/channels/-/new')
    const create = page.getByRole('button', { name: 'Create the channel' })
    const refusedBeside = async (label: string, sentence: string | RegExp): Promise<void> => {
      await create.click()
      const field = page.getByLabel(label)
      await page.locator('.field', { has: field }).locator('.wrong').getByText(sentence).first().waitFor()
      t.equal(await field.getAttribute('aria-invalid'), 'true', label)
      await field.and(page.locator(':focus')).waitFor()
    }
    await refusedBeside('Alias', 'Give the channel an alias.')
    await page.getByLabel('Alias').fill('Not An Alias')
    await refusedBeside('Alias', /lower-case letters, digits and dashes, a letter first\.?$/)
    await page.getByLabel('Alias').fill('fresh')
    await refusedBeside('Account', /the field "account"/i)
    await page.getByLabel('Account').selectOption('acme')
    await page.getByLabel('Number').fill('12')
    await refusedBeside('Number', /7 to 15 digits/)
    await page.getByLabel('Number').fill('5511987650000')
    await page.getByLabel('Weight').fill('many')
    await refusedBeside('Weight', 'Write a whole number, or nothing.')
    await page.getByLabel('Weight').fill('1001')
    await refusedBeside('Weight', /from 1 to 1000/)
    await page.getByLabel('Weight').fill('')
    await page.getByLabel('Labels').fill('no equals sign')
    await refusedBeside('Labels', 'This line is not key=value: no equals sign')
    t.equal((await a.admin('GET', '/v1/channels/fresh')).status, 404)
    await page.getByLabel('Labels').fill('')
    await page.getByLabel('Alias').fill('sales')
    await refusedBeside('Alias', 'There is a channel sales already. It was not changed.')
    t.match((await a.admin('GET', '/v1/channels/sales')).body, { number: SALES_NUMBER, account: 'acme' })
    t.same(complaintsOf(page), [])
  })

  await t.test('two filters that settle at the same moment both hold', async (t) => {
    const page = await signedIn(t, scene, '/channels')
    await page.getByLabel('Account').locator('option[value=acme]').waitFor({ state: 'attached' })
    // In one task, as it happens to a machine that is late.
    await page.evaluate(() => {
      const form = document.querySelector('form.filters')
      const search = form?.querySelector<HTMLInputElement>('[name=q]')
      const account = form?.querySelector<HTMLSelectElement>('[name=account]')
      if (!search || !account) throw new Error('the filters are not there')
      search.value = 'sal'
      search.dispatchEvent(new Event('input', { bubbles: true }))
      account.value = 'acme'
      account.dispatchEvent(new Event('input', { bubbles: true }))
      account.dispatchEvent(new Event('change', { bubbles: true }))
    })
    await page.waitForFunction(() => location.hash === '#/channels?q=sal&account=acme')
    t.equal(await page.getByLabel('Search').inputValue(), 'sal')
    t.equal(await page.getByLabel('Account').inputValue(), 'acme')
    t.same(complaintsOf(page), [])
  })

  await t.test('a channel may be called new', async (t) => {
    await write('PUT', '/v1/channels/new', { account: 'acme', number: SALES_NUMBER })
    const page = await signedIn(t, scene, '/channels')
    await page.getByRole('link', { name: 'new', exact: true }).click()
    await page.getByRole('heading', { name: 'new', exact: true }).waitFor()
    await write('DELETE', '/v1/channels/new')
  })

  await t.test('a channel is edited', async (t) => {
    const page = await signedIn(t, scene, '/channels/billing')
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit billing' })
    await dialog.getByLabel('Description').fill('Invoices')
    await dialog.getByLabel('Weight').fill('')
    await dialog.getByLabel('Labels').fill('team=money')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'In force on all 2 replicas.')
    const { body } = await b.admin('GET', '/v1/channels/billing')
    t.match(body, {
      description: 'Invoices',
      labels: { team: 'money' },
      monthlyCalls: 20_000,
      account: 'acme',
    })
    t.same(Object.keys(body['labels'] as object), ['team'])
    t.notOk('weight' in body)
    t.same(complaintsOf(page), [])
  })

  await t.test('a channel is switched off and on again', async (t) => {
    const page = await signedIn(t, scene, '/channels/support')
    const enabled = async (): Promise<unknown> =>
      (await b.admin('GET', '/v1/channels/support')).body['enabled']
    await page.getByRole('button', { name: 'Switch off' }).click()
    const off = page.getByRole('dialog', { name: 'Switch support off?' })
    await off.getByText(/refused with 403 channel-disabled/).waitFor()
    await off.getByRole('button', { name: 'Switch off' }).click()
    await seen(page, 'The channel was switched off.')
    await seen(page, 'In force on all 2 replicas.')
    t.equal(await enabled(), false)
    await page.getByRole('button', { name: 'Switch on' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click()
    await seen(page, 'The channel was switched on.')
    await seen(page, 'In force on all 2 replicas.')
    t.equal(await enabled(), true)
    t.same(complaintsOf(page), [])
  })

  await t.test(
    're-pointing shows what changes before it is written, and then where it is in force',
    async (t) => {
      const page = await signedIn(t, scene, '/channels/billing')
      await page.getByRole('button', { name: 'Re-point' }).click()
      const dialog = page.getByRole('dialog', { name: 'Re-point billing' })
      await dialog.getByText('Nothing yet: choose another account or number.').waitFor()
      await dialog.getByRole('button', { name: 'Re-point' }).click()
      await dialog.getByText('The alias leads there already: nothing was written.').waitFor()
      await dialog.getByLabel('Account').selectOption('globex')
      await dialog.getByLabel('Number').fill('+55 21 91234-5678')
      const changes = dialog.locator('.what-changes')
      await changes.getByText('5511987654321').first().waitFor()
      t.match(await changes.locator('dd').allInnerTexts(), [/acme.*globex/s, /5511987654321.*5521912345678/s])
      await changes.getByText(/leaves from 5521912345678 of the account globex/).waitFor()
      t.match((await a.admin('GET', '/v1/channels/billing')).body, {
        account: 'acme',
        number: '5511987654321',
      })
      await dialog.getByRole('button', { name: 'Re-point' }).click()
      await seen(page, 'The alias leads to 5521912345678 of the account globex now.')
      await seen(page, 'In force on all 2 replicas.')
      const rows = page.getByRole('region', { name: 'Where it is in force' }).getByRole('row')
      t.equal(await rows.filter({ hasText: 'in force' }).count(), 2, 'each replica has a row')
      for (const { admin } of [a, b])
        t.match((await admin('GET', '/v1/channels/billing')).body, {
          account: 'globex',
          number: '5521912345678',
        })
      t.same(complaintsOf(page), [])
    },
  )

  await t.test('a replica that does not follow is said to be missing', async (t) => {
    const redis = new Redis(scene.redis.url)
    t.teardown(() => redis.disconnect())
    const said = {
      epoch: 'e',
      revision: 1,
      appliedAt: new Date().toISOString(),
      address: 'lost:8081',
      keys: [],
    }
    await redis.hset(REDIS_KEYS.replicas, 'lost', `${Date.now() - 130_000} ${JSON.stringify(said)}`)
    const page = await signedIn(t, scene, '/channels/billing')
    await page.getByRole('button', { name: 'Re-point' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Number').fill('5521900000001')
    await dialog.getByRole('button', { name: 'Re-point' }).click()
    await seen(page, 'In force on 2 of 3 replicas…')
    await seen(page, /After 5 seconds it is not in force on 1 of 3 replicas: lost:8081\./)
    await page.getByRole('row', { name: /lost:8081.*missing.*last seen 2 minutes ago/ }).waitFor()
    await redis.hdel(REDIS_KEYS.replicas, 'lost')
    await page.getByRole('button', { name: 'Look again' }).click()
    await seen(page, 'In force on all 2 replicas.')
    t.same(complaintsOf(page), [])
  })

  await t.test('a check asks Wati, and each of its answers is shown in words', async (t) => {
    const page = await signedIn(t, scene, '/channels/sales')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await seen(page, 'All is well: the channel can send.')
    await page
      .getByRole('listitem')
      .filter({ hasText: /passed.*Number:.*is one of the account's numbers/s })
      .waitFor()
    await page.goto(`${a.gateway.adminUrl}/#/channels/billing`)
    await page.getByRole('heading', { name: 'billing', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await seen(page, 'Something is wrong: the channel cannot send.')
    await page
      .getByRole('listitem')
      .filter({ hasText: /failed.*Token:.*Wati rejects the token/s })
      .waitFor()
    await page
      .getByRole('listitem')
      .filter({ hasText: /failed.*State:.*switched off/s })
      .waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('the curl line that is copied works as it stands', async (t) => {
    const page = await signedIn(t, scene, '/channels/sales')
    const address = page.getByLabel('Address of the gateway')
    t.equal(await address.inputValue(), 'http://127.0.0.1:8080')
    await address.fill(`${a.gateway.dataUrl}/`)
    await page.getByRole('button', { name: 'Copy the curl line' }).click()
    await seen(page, 'Copied.')
    const line = await page.evaluate(() => navigator.clipboard.readText())
    t.match(line, /\$TOKEN/, 'no token is in it')
    const env = { PATH: process.env['PATH'], TOKEN: callerToken() }
    const before = sandbox.requests().length
    const { stdout } = await promisify(execFile)('sh', ['-c', line], { env })
    t.equal((JSON.parse(stdout) as { result: unknown }).result, true)
    t.match(sandbox.requests().slice(before), [
      { method: 'POST', url: /sendTemplateMessage/, body: new RegExp(SALES_NUMBER) },
    ])
    await address.fill(`http://x'; touch /tmp/not-wanted; '`)
    await page.locator('pre').getByText(`'http://x'\\''; touch /tmp/not-wanted; '\\''/channels`).waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('from a channel one gets to try it and to its activity', async (t) => {
    const page = await signedIn(t, scene, '/channels/sales')
    const content = page.locator('main')
    const hrefOf = (name: string) => content.getByRole('link', { name }).getAttribute('href')
    t.equal(await hrefOf('Try it'), '#/try?channel=sales')
    t.equal(await hrefOf('Its activity'), '#/activity?kind=channel&id=sales')
    await content.getByRole('link', { name: 'Try it' }).click()
    await page.getByRole('heading', { name: 'Try it' }).waitFor()
    t.equal(new URL(page.url()).hash, '#/try?channel=sales')
    await page.reload()
    await page.getByRole('heading', { name: 'Try it' }).waitFor()
  })

  await t.test('a channel is deleted once its alias is typed', async (t) => {
    const page = await signedIn(t, scene, '/channels/billing')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete billing?' })
    await dialog.getByLabel('Type billing to delete it').fill('bill')
    await dialog.getByRole('button', { name: 'Delete the channel' }).click()
    await dialog.getByText('This is not the alias. Type billing.').waitFor()
    t.equal((await a.admin('GET', '/v1/channels/billing')).status, 200)
    await dialog.getByLabel('Type billing to delete it').fill('billing')
    await dialog.getByRole('button', { name: 'Delete the channel' }).click()
    await seen(page, 'billing is deleted, on all replicas.')
    await page.getByRole('heading', { name: 'Channels' }).waitFor()
    await page.getByRole('link', { name: 'sales' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'billing' }).count(), 0)
    for (const { admin } of [a, b]) t.equal((await admin('GET', '/v1/channels/billing')).status, 404)
    t.same(complaintsOf(page), [])
  })

  await t.test('the keyboard alone is enough to re-point a channel', async (t) => {
    const page = await signedIn(t, scene, '/channels')
    const { keyboard } = page
    const tabTo = async (name: string): Promise<void> => {
      for (let presses = 0; presses < 40; presses++) {
        await keyboard.press('Tab')
        const isHere = await page.evaluate((name) => {
          const { labels, ariaLabel, textContent } = document.activeElement as HTMLInputElement
          return (labels?.[0]?.textContent ?? ariaLabel ?? textContent).trim().startsWith(name)
        }, name)
        if (isHere) return
      }
      throw new Error(`Tab does not lead to ${name}`)
    }
    await page.getByRole('link', { name: 'support' }).waitFor()
    await tabTo('Search')
    await keyboard.type('supp')
    await page.getByRole('link', { name: 'sales' }).waitFor({ state: 'detached' })
    await tabTo('support')
    await keyboard.press('Enter')
    await page.getByRole('heading', { name: 'support', level: 1 }).waitFor()
    await seen(page, SUPPORT_NUMBER)
    await tabTo('Re-point')
    await keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await tabTo('Number')
    await keyboard.press('Control+A')
    await keyboard.type('5521900000009')
    await keyboard.press('Enter')
    await seen(page, 'The alias leads to 5521900000009 of the account acme now.')
    const focused = () => page.evaluate(() => document.activeElement?.textContent)
    t.equal(await focused(), 'Re-point', 'the focus is where it was before the dialog')
    await keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.equal(await focused(), 'Re-point')
    t.same(complaintsOf(page), [])
  })

  await t.test('a read-only admin sees all of it, and nothing that writes', async (t) => {
    const page = await signedIn(t, scene, '/channels', { claims: READ_ONLY })
    await page.getByRole('link', { name: 'sales' }).waitFor()
    t.equal(await page.getByRole('link', { name: 'New channel' }).count(), 0)
    await page.getByRole('link', { name: 'sales' }).click()
    await seen(page, SALES_NUMBER)
    const buttons = await page.locator('main').getByRole('button').allInnerTexts()
    t.same(buttons, ['Copy'])
    await page.goto(`${a.gateway.adminUrl}/#/channels/-/new`)
    await seen(page, /you see everything and change nothing/)
    t.equal(await page.locator('main').getByRole('textbox').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('in a Portuguese browser all of it is Portuguese', async (t) => {
    const page = await signedIn(t, scene, '/channels', { locale: 'pt-BR' })
    await page.getByRole('heading', { name: 'Canais' }).waitFor()
    await page.getByLabel('Buscar').fill('sal')
    await page.getByRole('link', { name: 'support' }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'sales' }).click()
    await page.getByRole('button', { name: 'Redirecionar' }).click()
    await page.getByRole('dialog').getByLabel('Número').fill('5521900000002')
    await page.getByText(/O que for enviado por sales passa a sair de 5521900000002/).waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('a channel that there is not is said not to be there', async (t) => {
    const page = await signedIn(t, scene, '/channels/nobody')
    await seen(page, 'There is no such channel.')
    t.equal(await page.getByRole('button', { name: 'Delete' }).count(), 0)
    t.same(complaintsOf(page), [])
  })
})
