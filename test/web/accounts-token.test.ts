import { createHash } from 'node:crypto'
import type { Page, Request } from 'playwright-core'
import t from 'tap'
import { TENANT, WATI_TOKEN } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { type Scene, seen, signedIn, startScene } from './scene.ts'

/** Wati does not know it. */
const OLD_TOKEN = 'wati_planted.the-one-before'
const OTHER_TOKEN = 'wati_planted.never-seen-at-wati'

const fingerprintOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 8)

/** Everything the browser holds of a page, as one text. */
async function everythingIn(page: Page): Promise<string> {
  const inPage = await page.evaluate(async () => {
    const fields = [...document.querySelectorAll<HTMLInputElement>('input,textarea,select')]
    const databases = await indexedDB.databases()
    return JSON.stringify([
      ...[document.documentElement.outerHTML, document.title, document.cookie, location.href],
      ...[fields.map(({ value }) => value), history.state, window.name],
      ...[Object.entries(localStorage), Object.entries(sessionStorage)],
      ...[databases, 'caches' in window ? await caches.keys() : []],
      performance.getEntries().map(({ name }) => name),
    ])
  })
  return inPage + JSON.stringify(await page.context().storageState())
}

t.test("an account's token", async (t) => {
  const scene: Scene = await startScene(t, { REDIS_TIMEOUT_MS: '5000' })
  t.teardown(closeBrowser)
  const { a, sandbox, write } = scene
  const account = (id: string) =>
    write('PUT', `/v1/accounts/${id}`, { tenantId: TENANT, baseUrl: sandbox.url, token: OLD_TOKEN })
  const tokenOf = async (id: string) =>
    (await a.admin('GET', `/v1/accounts/${id}`)).body['token'] as Readonly<Record<string, string | null>>
  const fault = async (order: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    await fetch(`${sandbox.url}/_sandbox/faults`, { method: 'POST', headers, body: JSON.stringify(order) })
  }
  const open = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Rotate the token' }).click()
    await page.getByRole('dialog', { name: 'A new token for' }).waitFor()
  }
  const submit = (page: Page) => page.getByRole('button', { name: 'Ask Wati and write it' }).click()

  await t.test(
    'is rotated once Wati takes the new one, and stands nowhere but in that request',
    async (t) => {
      await account('rotated')
      const page = await signedIn(t, scene, '/accounts/rotated')
      await seen(page, fingerprintOf(OLD_TOKEN))
      const requests: Request[] = []
      const answers: string[] = []
      page.on('request', (request) => requests.push(request))
      page.on('response', async (response) => answers.push(await response.text().catch(() => '')))
      await open(page)
      const field = page.getByLabel(/^New token/)
      t.equal(await field.getAttribute('type'), 'password')
      t.equal(await field.getAttribute('autocomplete'), 'off')
      await field.fill(`Bearer ${WATI_TOKEN}`)
      const nextYear = new Date().getUTCFullYear() + 1
      await page.getByLabel('Expires at').fill(`${nextYear}-12-31T12:30`)
      t.match(await everythingIn(page), WATI_TOKEN, 'the search finds it where it is')
      await submit(page)
      await seen(page, 'The token of rotated was written.')
      await seen(page, fingerprintOf(WATI_TOKEN))
      await seen(page, 'In force on all 2 replicas.')
      t.equal(await page.getByRole('row', { name: /in force/ }).count(), 2, 'replica by replica')
      const token = await tokenOf('rotated')
      t.equal(token['fingerprint'], fingerprintOf(WATI_TOKEN))
      t.equal(token['expiresAt'], `${nextYear}-12-31T12:30:00.000Z`)
      await seen(page, /^expires (next year|in \d+ (months|years?))$/)

      t.notMatch(await everythingIn(page), WATI_TOKEN, 'not in the page')
      const carriers = requests.filter((request) => request.postData()?.includes(WATI_TOKEN))
      t.equal(carriers.length, 1, 'one body has it')
      t.match(carriers[0]?.url(), /\/v1\/accounts\/rotated\/token$/)
      const elsewhere = requests.map((request) => [request.url(), request.headers()])
      t.notMatch(JSON.stringify(elsewhere), WATI_TOKEN, 'no address and no header')
      t.notMatch(answers.join(), WATI_TOKEN, 'no answer')
      await open(page)
      t.equal(await field.inputValue(), '', 'asked anew, the field is empty')
      await page.getByRole('button', { name: 'Cancel' }).click()
      await page.reload()
      await seen(page, fingerprintOf(WATI_TOKEN))
      t.notMatch(await everythingIn(page), WATI_TOKEN, 'nor after a reload')
      t.same(complaintsOf(page), [])
    },
  )

  await t.test('of a new account is not in the page either, not even on the way back', async (t) => {
    const page = await signedIn(t, scene, '/accounts/-/new')
    const requests: Request[] = []
    page.on('request', (request) => requests.push(request))
    await page.getByLabel(/^Id/).fill('planted')
    await page.getByLabel(/^Tenant id/).fill(TENANT)
    await page.getByLabel(/^Address of Wati/).fill(sandbox.url)
    await page.getByLabel('Token (required)').fill(OTHER_TOKEN)
    await page.getByRole('button', { name: 'Create the account' }).click()
    await seen(page, fingerprintOf(OTHER_TOKEN))
    t.notMatch(await everythingIn(page), OTHER_TOKEN)
    await page.goBack()
    await page.getByLabel(/^Id/).waitFor()
    t.notMatch(await everythingIn(page), OTHER_TOKEN)
    t.equal(requests.filter((request) => request.postData()?.includes(OTHER_TOKEN)).length, 1)
    t.notMatch(JSON.stringify(requests.map((request) => [request.url(), request.headers()])), OTHER_TOKEN)
    t.same(complaintsOf(page), [])
  })

  await t.test('that Wati does not take is refused beside the field, and nothing changes', async (t) => {
    await account('refused')
    const page = await signedIn(t, scene, '/accounts/refused')
    await open(page)
    const field = page.getByLabel(/^New token/)
    await page.keyboard.press('Enter')
    await submit(page)
    await page.locator('.wrong', { hasText: 'Paste the new token.' }).waitFor()
    await field.fill(OTHER_TOKEN)
    await page.keyboard.press('Enter')
    await page.locator('.wrong', { hasText: /was not accepted by Wati \(401\)/ }).waitFor()
    t.equal(await field.evaluate((input) => input === document.activeElement), true, 'it has the focus')
    t.equal(await page.getByRole('button', { name: 'Write it without' }).count(), 0, 'Wati said no')
    t.equal((await tokenOf('refused'))['fingerprint'], fingerprintOf(OLD_TOKEN))
    t.same(complaintsOf(page), [])
  })

  await t.test('can be written untried, as a second choice, when Wati cannot be asked', async (t) => {
    await account('untried')
    const page = await signedIn(t, scene, '/accounts/untried')
    await open(page)
    await fault({ kind: 'reset' })
    await page.getByLabel(/^New token/).fill(OTHER_TOKEN)
    await submit(page)
    await seen(page, 'Wati could not be asked, so nothing was changed.')
    await seen(page, /every call of this account fails until a good one is written/)
    t.equal((await tokenOf('untried'))['fingerprint'], fingerprintOf(OLD_TOKEN))
    await page.getByRole('button', { name: 'Write it without asking Wati' }).click()
    await seen(page, 'The token of untried was written.')
    await seen(page, fingerprintOf(OTHER_TOKEN))
    t.same(complaintsOf(page), [])
  })

  await t.test('that another admin has just written is not overwritten without a word', async (t) => {
    await account('shared')
    const page = await signedIn(t, scene, '/accounts/shared')
    await open(page)
    await a.admin('PUT', '/v1/accounts/shared/token?verify=false', {
      json: { token: OTHER_TOKEN },
      claims: { sub: 'maria', scope: 'admin:read admin:write' },
    })
    await page.getByLabel(/^New token/).fill(WATI_TOKEN)
    await submit(page)
    await seen(page, 'maria changed the account meanwhile.')
    await seen(page, `Token: ${fingerprintOf(OLD_TOKEN)} → ${fingerprintOf(OTHER_TOKEN)}`)
    t.equal((await tokenOf('shared'))['fingerprint'], fingerprintOf(OTHER_TOKEN))
    await page.getByRole('button', { name: 'Go on with theirs' }).click()
    await submit(page)
    await seen(page, 'The token of shared was written.')
    t.equal((await tokenOf('shared'))['fingerprint'], fingerprintOf(WATI_TOKEN))
    t.same(complaintsOf(page), [])
  })

  await t.test('that was kept in a file takes its place in the gateway', async (t) => {
    const file = `${t.testdir({ token: OLD_TOKEN })}/token`
    await write('PUT', '/v1/accounts/filed', { tenantId: TENANT, baseUrl: sandbox.url, tokenFrom: { file } })
    const page = await signedIn(t, scene, '/accounts/filed')
    await seen(page, `the file ${file}`)
    await open(page)
    await seen(page, 'From then on the gateway keeps the token itself')
    await page.getByLabel(/^New token/).fill(WATI_TOKEN)
    await submit(page)
    await seen(page, 'the gateway, sealed')
    await seen(page, fingerprintOf(WATI_TOKEN))
    t.same(complaintsOf(page), [])
  })

  await t.test('is rotated by keyboard alone, and Escape leaves all as it was', async (t) => {
    await account('keys')
    const page = await signedIn(t, scene, '/accounts/keys')
    const rotate = page.getByRole('button', { name: 'Rotate the token' })
    await rotate.focus()
    await page.keyboard.press('Enter')
    const field = page.getByLabel(/^New token/)
    await field.waitFor()
    const hasFocus = (): Promise<boolean> => field.evaluate((input) => input === document.activeElement)
    t.ok(await hasFocus(), 'the field has the focus')
    await page.keyboard.type(OTHER_TOKEN)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    t.ok(await rotate.evaluate((button) => button === document.activeElement), 'the focus is back')
    t.notMatch(await everythingIn(page), OTHER_TOKEN, 'what was typed is gone')
    await page.keyboard.press('Enter')
    await field.waitFor()
    t.ok(await hasFocus())
    await page.keyboard.type(WATI_TOKEN)
    await page.keyboard.press('Enter')
    await seen(page, 'The token of keys was written.')
    t.ok(await rotate.evaluate((button) => button === document.activeElement), 'and back again')
    t.equal((await tokenOf('keys'))['fingerprint'], fingerprintOf(WATI_TOKEN))
    t.same(complaintsOf(page), [])
  })

  await t.test('a replica that lags behind is named, for a while, and can be looked at again', async (t) => {
    await account('lagging')
    const page = await signedIn(t, scene, '/accounts/lagging')
    // What a replica that is cut off from the store looks like; the answer is otherwise the gateway's own.
    let isCutOff = true
    await page.route('**/v1/replicas', async (route) => {
      const response = await route.fetch()
      const { head, items } = (await response.json()) as { head: number; items: { revision: number }[] }
      const last = items.pop()
      const late = last && { ...last, revision: isCutOff ? 1 : last.revision }
      await route.fulfill({ response, json: { head, items: [...items, late] } })
    })
    await page.clock.install()
    await open(page)
    await page.getByLabel(/^New token/).fill(WATI_TOKEN)
    await submit(page)
    await seen(page, 'In force on 1 of 2 replicas…')
    await page.getByRole('row', { name: /waiting/ }).waitFor()
    await page.clock.fastForward(30_000)
    await seen(page, /After 5 seconds it is not in force on 1 of 2 replicas/)
    isCutOff = false
    await page.getByRole('button', { name: 'Look again' }).click()
    await seen(page, 'In force on all 2 replicas.')
    t.equal(await page.getByRole('button', { name: 'Look again' }).count(), 0)
    t.same(complaintsOf(page), [])
  })
})
