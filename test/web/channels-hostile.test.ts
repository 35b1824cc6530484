import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { SALES_NUMBER } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { signedIn, startScene } from './scene.ts'

const FOLDER = resolve(import.meta.dirname, '../..', process.env['VECTORS_DIR'] ?? '../shared/vectors')
const LIST = join(FOLDER, 'blns', 'blns.json')

/** The longest text the gateway takes. */
const LONGEST = 500

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(1)</script>',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
  '{{7*7}} ${7*7} <%= 7*7 %>',
  '\u202Etxt.exe\u202C \u2067\u05D0\u05D1\u05D2',
  'x'.repeat(LONGEST),
  'Z\u0335\u0321\u0322'.repeat(60),
  'line\nbreak\ttab',
]

/** Half a character (a lone surrogate) cannot be sent as UTF-8. */
const encodable = (text: string): boolean => Buffer.from(text).toString() === text

/** Whatever runs, asks, or stands there that is no text. */
async function watch(page: Page): Promise<string[]> {
  const happened: string[] = []
  page.on('dialog', (dialog) => {
    happened.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  const { origin } = new URL(page.url())
  page.on('request', (request) => {
    const { origin: asked, pathname } = new URL(request.url())
    if (asked !== origin || !/^\/($|v1\/|assets\/)/.test(pathname)) happened.push(request.url())
  })
  return happened
}

const planted = (page: Page) =>
  page.locator('main :is(img, script, svg, iframe, object, style, link)').count()
const overflows = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)

t.test('hostile descriptions', async (t) => {
  const scene = await startScene(t)
  t.teardown(closeBrowser)
  const put = (alias: string, description: string) =>
    scene.write('PUT', `/v1/channels/${alias}`, {
      ...{ account: 'acme', number: SALES_NUMBER, description },
      labels: { '<b>key</b>': description.slice(0, 255) },
    })

  for (const width of [1280, 390]) {
    await t.test(`they are text in the list and on the channel's page, ${width} pixels wide`, async (t) => {
      for (const [i, text] of HOSTILE.entries()) await put(`h-${i}`, text)
      const page = await signedIn(t, scene, '/channels?q=h-', { viewport: { width, height: 900 } })
      const happened = await watch(page)
      for (const [i, text] of HOSTILE.entries()) {
        const row = page
          .getByRole('row')
          .filter({ has: page.getByRole('link', { name: `h-${i}`, exact: true }) })
        t.equal(await row.locator('.clamped').textContent(), text)
      }
      t.equal(await planted(page), 0)
      t.notOk(await overflows(page), 'the list stays inside the window')
      for (const [i, text] of HOSTILE.entries()) {
        await page.goto(`${scene.a.gateway.adminUrl}/#/channels/h-${i}`)
        await page.getByRole('heading', { name: `h-${i}`, exact: true }).waitFor()
        t.equal(await page.locator('dd.free-text').textContent(), text)
        t.equal(await planted(page), 0)
        t.notOk(await overflows(page), `the page of h-${i} stays inside the window`)
      }
      t.same(happened, [])
      t.same(complaintsOf(page), [])
    })
  }

  await t.test('they are text in a form, in a conflict, and as a search', async (t) => {
    const text = HOSTILE[0]!
    await put('h-0', text)
    const page = await signedIn(t, scene, '/channels/h-0')
    const happened = await watch(page)
    await page.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog')
    t.equal(await dialog.getByLabel('Description').inputValue(), text)
    await dialog.getByLabel('Description').fill(HOSTILE[1]!)
    await scene.write('PATCH', '/v1/channels/h-0', { description: HOSTILE[2] })
    await dialog.getByRole('button', { name: 'Save' }).click()
    const cells = page.getByRole('row', { name: /^Description/ }).getByRole('cell')
    await cells.first().waitFor()
    t.same(await cells.allTextContents(), [text, HOSTILE[2], HOSTILE[1]])
    await page.keyboard.press('Escape')
    await page.goto(`${scene.a.gateway.adminUrl}/#/channels`)
    for (const search of ['<svg', '100%', '%41', '&q=#/?x=1+1']) {
      await page.getByLabel('Search').fill(search)
      await page.waitForURL((url) => new URLSearchParams(url.hash.split('?')[1]).get('q') === search)
      await page.reload()
      t.equal(await page.getByLabel('Search').inputValue(), search)
    }
    t.equal(await planted(page), 0)
    t.same(
      happened.filter((url) => !/\/(?:assets\/.*)?$/.test(url)),
      [],
    )
    t.same(complaintsOf(page), [])
  })

  const absent = existsSync(LIST)
    ? false
    : `the vectors are absent at ${LIST}: VECTORS_DIR says where they are`
  await t.test('the list of naughty strings is shown as it is', { skip: absent }, async (t) => {
    const strings = (JSON.parse(readFileSync(LIST, 'utf8')) as string[]).filter(
      (text) => text !== '' && text.length <= LONGEST && encodable(text),
    )
    // Some at a time: hundreds at once would outlast the store's patience on a slow machine.
    for (let start = 0; start < strings.length; start += 20)
      await Promise.all(strings.slice(start, start + 20).map((text, i) => put(`n-${start + i}`, text)))
    const page = await signedIn(t, scene, '/channels?q=n-')
    const happened = await watch(page)
    const shown = new Map<string, string>()
    for (let number = 1; ; number++) {
      await page.locator('.found[aria-busy=false]').waitFor()
      for (const row of await page.locator('tbody tr').all())
        shown.set(await row.locator('th').innerText(), (await row.locator('td').last().textContent()) ?? '')
      const next = page.getByRole('button', { name: 'Next page' })
      if ((await next.count()) === 0 || (await next.isDisabled())) break
      // The number of the page changes a moment before the list knows that it is busy.
      const answered = page.waitForResponse((response) => response.url().includes('/v1/channels?'))
      await next.click()
      await answered
      await page.getByText(`Page ${number + 1}`).waitFor()
    }
    for (const [i, text] of strings.entries()) t.equal(shown.get(`n-${i}`), text)
    t.equal(await planted(page), 0)
    t.notOk(await overflows(page))
    t.same(happened, [])
    t.same(complaintsOf(page), [])
  })
})
