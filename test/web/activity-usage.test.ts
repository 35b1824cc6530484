import { readFile } from 'node:fs/promises'
import type { Locator, Page } from 'playwright-core'
import t from 'tap'
import { addDays, dayOf } from '../../src/usage/day.ts'
import { counted } from '../usage/store-suite.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, seen, signedIn, startScene } from './scene.ts'
import { seedUsage } from './seed-usage.ts'

const READ = '/api/v1/getMessageTemplates'
const HOSTILE = '<img src=x onerror=alert(1)>'
const TODAY = dayOf(Date.now())
const ago = (days: number): string => addDays(TODAY, -days)

const region = (page: Page, name: string): Locator => page.getByRole('region', { name, exact: true })

/** The table of the sums, each row as `sales 12 34%`. */
async function sumsOf(page: Page): Promise<string[]> {
  const texts = await region(page, 'Sums').getByRole('row').allInnerTexts()
  return texts.slice(1).map((text) => text.replace(/\s+/g, ' '))
}

async function sumsAre(page: Page, ...wanted: string[]): Promise<void> {
  await page.waitForFunction((rows) => {
    const found = [...document.querySelectorAll('section:last-of-type tbody tr')]
    const texts = found.map((row) => [...row.children].map((cell) => cell.textContent).join(' '))
    return JSON.stringify(texts) === JSON.stringify(rows)
  }, wanted)
}

/** The picture is drawn a moment after its legend is there. */
async function hasColours(chart: Locator, least: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) if ((await coloursIn(chart)) >= least) return true
  return false
}

/** How many colours fill more than some pixels of the picture. */
async function coloursIn(chart: Locator): Promise<number> {
  return await chart.locator('canvas').evaluate((canvas) => {
    const { width, height } = canvas as HTMLCanvasElement
    const { data } = (canvas as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
    const pixels = new Map<string, number>()
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] !== 255) continue
      const colour = `${data[at]} ${data[at + 1]} ${data[at + 2]}`
      pixels.set(colour, (pixels.get(colour) ?? 0) + 1)
    }
    return [...pixels.values()].filter((count) => count > 100).length
  })
}

t.teardown(closeBrowser)

t.test('the usage', async (t) => {
  const scene = await startScene(t)
  const { a, b, redis } = scene
  const lines = Array.from({ length: 10 }, (_, at) => `line-${at}`)
  await seedUsage(redis.url, [
    { day: ago(1), counts: lines.map((channel, at) => counted(100 - at, { channel })) },
    { day: ago(20), counts: [counted(1_000, { channel: 'line-0', caller: 'crm' })] },
    { day: ago(60), counts: [counted(40, { channel: 'old', outcome: 'refused', caller: HOSTILE })] },
  ])
  const page = await signedIn(t, scene, '/activity')
  const hash = (): string => new URL(page.url()).hash

  await t.test('it shows the largest day by day, with the rest together', async (t) => {
    await page.getByRole('link', { name: 'Usage' }).click()
    await seen(page, 'All others')
    const legend = (await region(page, 'Calls by day').getByRole('list').innerText()).split('\n')
    t.same(legend.slice(0, 2), ['Calls: 1,955', 'line-0: 1,100'])
    t.same(legend.slice(-2), ['line-7: 93', 'All others: 183'])
    t.equal(legend.length, 10, 'eight, the rest, and all together')
    await page.getByRole('img', { name: /^Calls by day, from .* to .*: 1,955 in all\.$/ }).waitFor()
    t.ok(await hasColours(region(page, 'Calls by day'), 9), 'each has a colour of its own')
    t.same((await sumsOf(page)).slice(0, 2), ['line-0 1,100 56.3%', 'line-1 99 5.1%'])
    t.equal((await sumsOf(page)).at(-1), 'In all 1,955 100%')
    t.equal((await sumsOf(page)).length, 11)
  })

  await t.test('the days stand in a table, too', async (t) => {
    const chart = region(page, 'Calls by day')
    await chart.getByText('As a table').focus()
    await page.keyboard.press('Enter')
    const rows = await chart.getByRole('row').allInnerTexts()
    t.equal(rows.length, 31)
    t.match(rows.at(-2), /^\S+ \d+, \d{4}\t955\t100\t99\t98\t97\t96\t95\t94\t93\t183$/)
    t.match(rows.at(-21), /\t1,000\t1,000\t0\t/)
  })

  await t.test('the whole is asked for when its parts are known, so it is not less than they', async (t) => {
    const seenOnTheWay: string[] = []
    const groupBy = (url: string) => new URL(url).searchParams.get('groupBy')
    page.on('request', (request) => seenOnTheWay.push(`${groupBy(request.url())} asked`))
    page.on('response', (answer) => seenOnTheWay.push(`${groupBy(answer.url())} answered`))
    await page.reload()
    await page.getByRole('img', { name: /: 1,955 in all\.$/ }).waitFor()
    page.removeAllListeners('request')
    page.removeAllListeners('response')
    const usage = seenOnTheWay.filter((text) => /^(?:channel|day) /.test(text))
    t.same(usage.slice(0, 3), ['channel asked', 'channel answered', 'day asked'])
  })

  await t.test('the period is chosen', async (t) => {
    await page.getByLabel('Period').selectOption('The last 7 days')
    await page.getByRole('img', { name: /: 955 in all\.$/ }).waitFor()
    await page.getByLabel('Period').selectOption('The last 90 days')
    await page.getByRole('img', { name: /: 1,995 in all\.$/ }).waitFor()
    await page.getByLabel('Period').selectOption('Days of my own')
    await page.getByLabel('First day').fill(ago(61))
    await page.getByLabel('Last day').fill(ago(20))
    await sumsAre(page, 'line-0 1,000 96.2%', 'old 40 3.8%', 'In all 1,040 100%')
    t.match(hash(), `by=channel&days=own&from=${ago(61)}&to=${ago(20)}`)
  })

  await t.test('what is kept apart is chosen', async (t) => {
    await page.getByLabel('Kept apart').selectOption('By caller')
    await sumsAre(page, 'crm 1,000 96.2%', `${HOSTILE} 40 3.8%`, 'In all 1,040 100%')
    await page.getByLabel('Kept apart').selectOption('By outcome')
    await sumsAre(page, 'Accepted by Wati 1,000 96.2%', 'Refused by Wati 40 3.8%', 'In all 1,040 100%')
    await page.getByLabel('Kept apart').selectOption('By operation')
    await sumsAre(page, 'sendTemplateMessage 1,040 100%', 'In all 1,040 100%')
    await page.getByLabel('Kept apart').selectOption('By account')
    await sumsAre(page, 'acme 1,040 100%', 'In all 1,040 100%')
    await page.getByLabel('Only the channel').fill('old')
    await sumsAre(page, 'acme 40 100%', 'In all 40 100%')
    await page.getByLabel('Only the caller').fill('crm')
    await seen(page, 'There were no calls in this time.')
    await page.reload()
    await seen(page, 'There were no calls in this time.')
    t.equal(await page.getByLabel('Only the caller').inputValue(), 'crm', 'the address is the choice')
  })

  await t.test('the same comes as CSV, with the cookie of the session', async (t) => {
    await page.getByLabel('Only the caller').fill('')
    await page.getByLabel('Kept apart').selectOption('By caller')
    await sumsAre(page, `${HOSTILE} 40 100%`, 'In all 40 100%')
    for (const [name, lines] of [
      ['These counts as CSV', ['day,caller,count', `${ago(60)},${HOSTILE},40`, '']],
      [
        'Everything there is as CSV',
        [
          'day,account,channel,caller,operation,outcome,count',
          `${ago(60)},acme,old,${HOSTILE},sendTemplateMessage,refused,40`,
          '',
        ],
      ],
    ] as const) {
      const begun = page.waitForEvent('download')
      await page.getByRole('link', { name }).focus()
      await page.keyboard.press('Enter')
      const download = await begun
      t.equal(download.suggestedFilename(), 'usage.csv')
      t.same((await readFile(await download.path(), 'utf8')).split('\r\n'), lines)
    }
  })

  await t.test('what is refused stands beside the field', async (t) => {
    await page.getByLabel('First day').fill('2020-01-01')
    await seen(page, 'Choose at most 400 days.')
    t.equal(await page.getByLabel('First day').getAttribute('aria-invalid'), 'true')
    await page.getByLabel('First day').fill(ago(1))
    await seen(page, 'The day "from" must not be after the day "to".')
    t.same(complaintsOf(page), [])
  })

  await t.test('a call is counted within 5 seconds, at either replica', async (t) => {
    const reader = await signedIn(t, scene, '/activity?show=usage&by=caller&days=7&channel=sales', {
      claims: READ_ONLY,
    })
    await seen(reader, 'There were no calls in this time.')
    await a.call('GET', `/channels/sales${READ}`, { claims: { sub: 'one' } })
    await b.call('GET', `/channels/sales${READ}`, { claims: { sub: 'two' } })
    const called = Date.now()
    const both = reader.getByRole('img', { name: /: 2 in all\.$/ })
    const wanted = ['one 1 50%', 'two 1 50%', 'In all 2 100%']
    let sums: string[] = []
    do {
      await reader.reload()
      await reader.getByText('Days are days of UTC.').waitFor()
      sums = (await both.isVisible()) ? await sumsOf(reader) : []
      // The whole is read after the sums: a call may come between the two.
    } while (sums.join() !== wanted.join() && Date.now() - called < 5_000)
    t.same(sums, wanted)
    t.same(complaintsOf(reader), [])
  })

  await t.test('in Portuguese, and on a phone', async (t) => {
    const phone = await signedIn(t, scene, '/activity?show=usage&by=outcome&days=90', {
      ...{ locale: 'pt-BR', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
    })
    await seen(phone, 'Recusada pela Wati')
    await phone.getByRole('link', { name: 'Estas contagens em CSV' }).waitFor()
    t.ok(await hasColours(region(phone, 'Chamadas por dia'), 2))
    t.equal(await phone.evaluate(() => document.documentElement.scrollWidth), 390)
    t.same(complaintsOf(phone), [])
  })

  await t.test('while Redis is away it says so, and can be tried again', async (t) => {
    await page.getByLabel('Last day').fill(TODAY)
    await page.getByLabel('First day').fill(ago(1))
    await seen(page, 'There were no calls in this time.')
    redis.freeze()
    await page.getByLabel('Only the channel').fill('line-0')
    await seen(page, /The store is away, and the usage with it/)
    redis.thaw()
    while ((await a.admin('GET', '/v1/usage?limit=1')).status !== 200);
    await page.getByRole('button', { name: 'Try again' }).click()
    await sumsAre(page, 'shop 100 100%', 'In all 100 100%')
    t.same(complaintsOf(page), [])
  })
})
