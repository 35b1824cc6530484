import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { sendTo } from '../helpers/http-client.ts'
import { TENANT, WATI_TOKEN, startRunning } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, type Scene, seen, signedIn, startScene } from './scene.ts'

const READ = '/api/v1/getMessageTemplates'
const HOSTILE = '<img src=x onerror="window.wasRun = true">'
const DAY_MS = 86_400_000

/** A part of the overview, by its heading. */
const part = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })
const row = (page: Page, name: string, text: string): Locator =>
  part(page, name).getByRole('row').filter({ hasText: text })

/** Its clock can be put forward: nobody waits ten seconds for what is refreshed every ten. */
async function withClock(page: Page): Promise<void> {
  await page.clock.install()
  await page.reload()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

/** Lets the page refresh itself until it is so: the gateway may need a moment to know. */
async function refreshedUntil(page: Page, isSo: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const answered = page.waitForResponse((response) => response.url().endsWith('/v1/troubles'))
    await page.clock.fastForward(10_000)
    await answered
    if (await isSo()) return true
  }
  return false
}

async function fault(scene: Scene, order: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const sent = { method: 'POST', path: '/_sandbox/faults', headers, body: JSON.stringify(order) }
  const { status } = await sendTo(scene.sandbox.url, sent)
  if (status !== 201) throw new Error('no fault')
}

/** The picture is drawn anew a moment after what it shows, or the scheme, has changed. */
async function isDrawn(chart: Locator, colour: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) if ((await pixelsIn(chart, colour)) > 5) return true
  return false
}

/** How many pixels of the picture have the colour that the page has for it now. */
async function pixelsIn(chart: Locator, colour: string): Promise<number> {
  return await chart.locator('canvas').evaluate((canvas, name) => {
    const probe = document.createElement('i')
    probe.style.color = `var(${name})`
    document.body.append(probe)
    const wanted = getComputedStyle(probe).color.match(/\d+/g)?.slice(0, 3).map(Number) ?? []
    probe.remove()
    const { width, height } = canvas as HTMLCanvasElement
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
    let count = 0
    for (let at = 0; at < data.length; at += 4)
      if (wanted.every((value, part) => data[at + part] === value) && data[at + 3] === 255) count += 1
    return count
  }, colour)
}

t.teardown(closeBrowser)

t.test('when nothing is wrong the overview says so in one calm line', async (t) => {
  const running = await startRunning(t)
  const page = await signedIn(t, { a: running })
  await seen(page, 'Nothing is wrong.')
  t.equal(await part(page, 'What is wrong now').getByRole('listitem').count(), 0)
  t.same(complaintsOf(page), [])
})

t.test('the overview', async (t) => {
  const scene = await startScene(t)
  const { a, b, write, redis, sandbox } = scene
  await write('PUT', '/v1/channels/quiet', { account: 'acme', number: '5511999990001', description: HOSTILE })
  await write('PATCH', '/v1/channels/support', { enabled: false })
  await write('PUT', '/v1/accounts/small', {
    ...{ tenantId: TENANT, baseUrl: sandbox.url, token: WATI_TOKEN },
    limits: { monthlyCalls: 4 },
  })
  await write('PUT', '/v1/channels/busy?wait=all', { account: 'small', number: '85264318722' })
  const page = await signedIn(t, scene)
  await withClock(page)

  const busy = { claims: { channels: ['*'] } }
  await t.test('calls, refusals and errors are counted on its charts within 5 seconds', async (t) => {
    await a.call('GET', `/channels/sales${READ}`)
    await b.call('GET', `/channels/sales${READ}`)
    for (let times = 0; times < 3; times++) await b.call('GET', `/channels/busy${READ}`, busy)
    await fault(scene, { kind: 'status', status: 400 })
    await a.call('GET', `/channels/sales${READ}`)
    await fault(scene, { kind: 'html' })
    await a.call('GET', `/channels/sales${READ}`)
    await a.call('POST', '/channels/sales/api/v1/updateChatStatus', { body: 'x' })
    const called = Date.now()
    const hour = page.getByRole('img', { name: 'Calls of the last hour: 8, of them refusals: 2, errors: 1.' })
    t.ok(await refreshedUntil(page, () => hour.isVisible()))
    t.ok(Date.now() - called < 5_000, 'in time')
    await page.getByRole('img', { name: 'Calls of the last 24 hours: 8, of them refusals: 2' }).waitFor()
    const legend = await part(page, 'The last hour').getByRole('list').innerText()
    t.equal(legend.replaceAll('\n', ' '), 'Calls: 8 Accepted: 5 Refusals: 2 Errors: 1')
  })

  await t.test('the charts are drawn, in the colours of either scheme', async (t) => {
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const name of ['The last hour', 'The last 24 hours']) {
        const chart = part(page, name)
        for (const colour of ['--accent', '--warning', '--bad'])
          t.ok(await isDrawn(chart, colour), `${colour} in ${scheme}: ${name}`)
        const box = await chart.locator('canvas').boundingBox()
        t.match(box, { height: 150 })
        t.ok(box!.width > 300, 'as wide as its place')
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
  })

  await t.test('the same stands in a table, which a key opens', async (t) => {
    const chart = part(page, 'The last hour')
    await chart.getByText('As a table').focus()
    await page.keyboard.press('Enter')
    const rows = chart.getByRole('row')
    t.equal(await rows.count(), 61, 'sixty minutes and their titles')
    t.equal(await rows.first().innerText(), 'Time\tCalls\tAccepted\tRefusals\tErrors')
    const counts = await rows.evaluateAll((all) =>
      all.slice(1).map((one) => [...one.querySelectorAll('td')].map((cell) => Number(cell.textContent))),
    )
    const sums = [0, 1, 2, 3].map((column) => counts.reduce((sum, cells) => sum + cells[column]!, 0))
    t.same(sums, [8, 5, 2, 1])
  })

  await t.test(
    'the busiest channels of today come first, then the others, with how many there are',
    async (t) => {
      const rows = part(page, 'Channels').getByRole('row')
      const isCounted = async (alias: string, calls: string): Promise<boolean> =>
        (await row(page, 'Channels', alias).innerText()).endsWith(calls)
      t.ok(
        await refreshedUntil(
          page,
          async () => (await isCounted('sales', '5')) && (await isCounted('busy', '3')),
        ),
      )
      const texts = (await rows.allInnerTexts()).map((text) => text.split(/\s*[\t\n]\s*/))
      t.same(texts.slice(0, 4), [
        ['Channel', 'Number', 'Account', 'State', 'Calls today'],
        ['sales', 'Sales', '85264318722', 'acme', 'on', '5'],
        ['busy', '85264318722', 'small', 'on', '3'],
        ['quiet', HOSTILE, '5511999990001', 'acme', 'on', '0'],
      ])
      t.same(texts[4], ['support', '85264318721', 'acme', 'off', '0'])
      t.equal(await page.evaluate('window.wasRun'), undefined, 'a description runs nothing')
      await part(page, 'Channels').getByRole('link', { name: 'All channels (4)' }).waitFor()
      t.equal(
        await row(page, 'Channels', 'busy').getByRole('link').first().getAttribute('href'),
        '#/channels/busy',
      )
    },
  )

  await t.test('accounts show their quota of the month as a bar and in words', async (t) => {
    const small = row(page, 'Accounts', 'small')
    await small.getByText('3 of 4 calls (75%)').waitFor()
    t.equal(await small.getByRole('progressbar').getAttribute('value'), '75')
    await row(page, 'Accounts', 'acme').getByText('4 of 10,000 calls (0%)').waitFor()
  })

  await t.test('replicas show their address, their revision and how far behind they are', async (t) => {
    const { body } = await a.admin('GET', '/v1/replicas')
    const { head, items } = body as { head: number; items: { address: string }[] }
    await seen(page, `The newest revision is ${head}.`)
    for (const { address } of items)
      await row(page, 'Replicas', address).getByText(`${head} up to date`).waitFor()
    t.equal(items.length, 2)
  })

  await t.test('a token that expires or has expired is a trouble with a link, errors first', async (t) => {
    const troubles = part(page, 'What is wrong now').getByRole('listitem')
    const expire = async (account: string, days: number) =>
      await write('PUT', `/v1/accounts/${account}/token?verify=false`, {
        token: WATI_TOKEN,
        expiresAt: new Date(Date.now() + days * DAY_MS).toISOString(),
      })
    await expire('acme', 5)
    await expire('small', -1)
    const soon = troubles.filter({ hasText: /The token of the account acme expires in \d days/ })
    t.ok(await refreshedUntil(page, () => soon.isVisible()))
    const levels = await troubles.evaluateAll((all) =>
      all.map((one) => one.querySelector('.badge')?.textContent),
    )
    t.same(levels, [...levels].sort(), 'errors before warnings')
    t.ok(levels.includes('Error') && levels.includes('Warning'))
    const over = troubles.filter({ hasText: 'The token of the account small expired on' })
    await over.getByText('Expired token').waitFor()
    await row(page, 'Accounts', 'small')
      .getByText(/^expired/)
      .waitFor()
    await row(page, 'Accounts', 'acme').getByText('Expires soon').waitFor()
    await over.getByRole('link', { name: 'Open the account small' }).click()
    t.equal(new URL(page.url()).hash, '#/accounts/small')
    await page.goBack()
    // Of a page that is still loading nothing can be said to be gone.
    await over.waitFor()
    await write('PUT', '/v1/accounts/small/token?verify=false', { token: `${WATI_TOKEN}2` })
    t.ok(await refreshedUntil(page, async () => (await over.count()) === 0), 'it goes when it is mended')
  })

  await t.test('it is refreshed while it is seen, and asks for nothing while it is not', async (t) => {
    let asked = 0
    const hide = async (isHidden: boolean) =>
      await page.evaluate((hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      }, isHidden)
    await hide(true)
    // What was asked before it was hidden has been told by now.
    page.on('request', () => (asked += 1))
    await page.clock.runFor(60_000)
    t.equal(asked, 0)
    const answered = page.waitForResponse((response) => response.url().endsWith('/v1/replicas'))
    await hide(false)
    await answered
    t.ok(asked > 5, 'who comes back sees what is')
    page.removeAllListeners('request')
  })

  await t.test('who may only read sees all of it and nothing that writes', async (t) => {
    const reader = await signedIn(t, scene, '/', { claims: READ_ONLY })
    await row(reader, 'Channels', 'sales').waitFor()
    await row(reader, 'Replicas', 'up to date').first().waitFor()
    t.equal(await reader.getByRole('main').getByRole('button').count(), 0)
    t.equal(await reader.getByRole('alert').count(), 0)
    t.same(complaintsOf(reader), [])
  })

  await t.test('by keyboard alone one comes from the title to all channels', async (t) => {
    const keys = await signedIn(t, scene)
    await keys.getByRole('link', { name: 'All channels (4)' }).waitFor()
    await keys.locator('h1').focus()
    for (let steps = 0; steps < 30; steps++) {
      await keys.keyboard.press('Tab')
      if ((await keys.evaluate(() => document.activeElement?.textContent)) === 'All channels (4)') break
    }
    await keys.keyboard.press('Enter')
    await keys.waitForURL(/#\/channels$/)
    t.same(complaintsOf(keys), [])
  })

  await t.test('it speaks Portuguese, too, and fits a phone', async (t) => {
    const viewport = { width: 390, height: 844 }
    const phone = await signedIn(t, scene, '/', { locale: 'pt-BR', viewport })
    await part(phone, 'A última hora').getByText('Recusas:').waitFor()
    await row(phone, 'Canais', 'sales').getByText('ligado').waitFor()
    await part(phone, 'Réplicas').getByText('em dia').first().waitFor()
    const troubles = part(phone, 'O que está errado agora').getByRole('listitem')
    await troubles.filter({ hasText: 'Um token expira em breve' }).getByText('Abrir a conta acme').waitFor()
    t.equal(await troubles.first().locator('[lang=en]').count(), 1, 'what the gateway says is English')
    const width = await phone.evaluate(() => document.documentElement.scrollWidth)
    t.equal(width, 390, 'nothing stands out at the side')
    t.same(complaintsOf(phone), [])
  })

  await t.test('while Redis is away its parts say so, and the others stay', async (t) => {
    const away = page.getByText(/The store does not answer/)
    t.equal(await away.count(), 0)
    await redis.kill()
    t.ok(await refreshedUntil(page, () => away.isVisible()))
    for (const name of ['Replicas', 'The last hour', 'The last 24 hours', 'Channels'])
      await part(page, name).getByRole('alert').waitFor()
    await row(page, 'Channels', 'quiet').waitFor()
    await row(page, 'Accounts', 'small').waitFor()
    t.equal(await part(page, 'Accounts').getByRole('alert').count(), 0)
    t.equal(await part(page, 'What is wrong now').getByRole('alert').count(), 0)
  })

  await t.test('once Redis is back and has the directory again, the trouble goes', async (t) => {
    await redis.restart()
    const lost = page.getByText(/^The store has lost the directory/)
    t.ok(await refreshedUntil(page, () => lost.last().isVisible()), 'this Redis kept nothing on the disk')
    await write('POST', '/v1/directory/reseed')
    t.ok(await refreshedUntil(page, async () => (await lost.count()) === 0))
    t.ok(await refreshedUntil(page, async () => (await page.getByRole('alert').count()) === 0))
    await row(page, 'Replicas', 'up to date').first().waitFor()
  })

  t.same(complaintsOf(page), [])
})
