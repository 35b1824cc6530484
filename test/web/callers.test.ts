import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSigner } from 'fast-jwt'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { sendTo } from '../helpers/http-client.ts'
import { type Bare, CONTACT, sign, startBare } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf, openPage } from './browser.ts'
import { READ_ONLY, seen, signedIn, startScene } from './scene.ts'

const DAY_SECONDS = 24 * 60 * 60

interface Issued {
  readonly jti: string
  readonly token: string
}

/** The status that a caller gets with this token, of the channel `sales` and the scope `messages:read`. */
async function statusWith({ gateway }: Bare, token: string, alias = 'sales'): Promise<number> {
  const path = `/channels/${alias}/api/v1/getMessages/${CONTACT}`
  const headers = { authorization: `Bearer ${token}` }
  return (await sendTo(gateway.dataUrl, { method: 'GET', path, headers })).status
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text })

/** What has the focus, in words; runs in the page. */
function wordsInFocus(): string {
  const { activeElement: element } = document
  const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
  return (label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim()
}

/** Until this has the focus; a test fails when it does not come there. */
async function focused(t: Test, page: Page, name: string): Promise<void> {
  const isThere = `(${wordsInFocus.toString()})() === ${JSON.stringify(name)}`
  await page.waitForFunction(isThere).catch(async () => {
    t.equal(await page.evaluate(wordsInFocus), name, 'has the focus')
  })
}

async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if ((await page.evaluate(wordsInFocus)).startsWith(name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to "${name}".`)
}

t.test('callers', async (t) => {
  const scene = await startScene(t)
  const { a, b, write } = scene
  t.teardown(closeBrowser)
  const issue = (some: object): Promise<Issued> =>
    write('POST', '/v1/tokens?wait=all', {
      ...{ sub: 'shop', channels: ['sales'], scope: 'messages:read', expiresIn: 90 * DAY_SECONDS },
      ...some,
    }) as Promise<Issued>

  await t.test('nothing is there at first, and that is said', async (t) => {
    const page = await signedIn(t, scene, '/callers')
    await seen(page, 'No token was issued or revoked here.')
    t.same(complaintsOf(page), [])
  })

  await t.test('a token is issued, shown once, copied, and never seen again', async (t) => {
    const page = await signedIn(t, scene, '/callers')
    await button(page, 'Issue a token').click()
    await focused(t, page, 'Name of the caller (required)')
    await page.getByLabel('Name of the caller').fill('shop')
    await page.getByLabel('Alias or prefix').fill('sales, supp*')
    await button(page, 'Add').click()
    await page.getByLabel('messages:read').check()
    await page.getByLabel('messages:send').check()
    await page.getByLabel('Life').selectOption('30 days')
    await page.getByLabel('Default channel').fill('support')
    await button(page, 'Issue the token').click()
    const dialog = page.getByRole('dialog', { name: 'The token of shop' })
    await dialog.getByText('it is shown this once and never again').waitFor()
    const token = await dialog.locator('pre').innerText()
    await button(page, 'Copy the token').click()
    await dialog.getByText('Copied.').waitFor()
    t.equal(await page.evaluate(() => navigator.clipboard.readText()), token)
    await button(page, 'I have copied it').click()
    await dialog.waitFor({ state: 'detached' })
    await focused(t, page, 'Issue a token')
    t.notOk((await page.content()).includes(token), 'closing forgets it')
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >
    t.match(claims, {
      ...{ sub: 'shop', channels: ['sales', 'supp*'], channel: 'support' },
      scope: 'messages:send messages:read',
    })
    t.equal(Number(claims['exp']) - Number(claims['iat']), 30 * DAY_SECONDS)
    t.equal(await statusWith(a, token), 200, 'it opens what it says')
    t.equal(await statusWith(a, token, 'support'), 200)
    const line = row(page, 'shop')
    await line.getByText('good').waitFor()
    for (const part of [
      'sales',
      'supp*',
      'default: support',
      'messages:send',
      'in 29 days',
      String(claims['jti']),
    ])
      t.match(await line.innerText(), part)
    await page.reload()
    await row(page, 'shop').waitFor()
    t.notOk((await page.content()).includes(token))
    t.same(complaintsOf(page), [])
  })

  await t.test('with the keyboard alone a token is issued', async (t) => {
    const page = await signedIn(t, scene, '/callers')
    await seen(page, 'Callers')
    await tabTo(page, 'Issue a token')
    await page.keyboard.press('Enter')
    await page.getByLabel('Name of the caller').waitFor()
    await page.keyboard.type('robot')
    await tabTo(page, 'Alias or prefix')
    await page.keyboard.type('support')
    await page.keyboard.press('Enter')
    await page.keyboard.type('latam-*')
    await page.keyboard.press('Enter')
    t.same(await page.getByRole('list', { name: 'Chosen channels' }).locator('code').allInnerTexts(), [
      'support',
      'latam-*',
    ])
    await tabTo(page, 'Remove latam-*')
    await page.keyboard.press('Enter')
    await focused(t, page, 'Alias or prefix')
    await tabTo(page, 'messages:read')
    await page.keyboard.press('Space')
    await tabTo(page, 'Issue the token')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    await focused(t, page, 'Copy the token')
    const token = await dialog.locator('pre').innerText()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    t.equal(await statusWith(a, token, 'support'), 200)
    t.same(complaintsOf(page), [])
  })

  await t.test('all channels are one box, and admins need none', async (t) => {
    const page = await signedIn(t, scene, '/callers')
    await button(page, 'Issue a token').click()
    await page.getByLabel('Name of the caller').fill('everything')
    await page.getByLabel('All channels (*)').check()
    t.equal(await page.getByLabel('Alias or prefix').count(), 0)
    await page.getByLabel('messages:read').check()
    await button(page, 'Issue the token').click()
    const token = await page.getByRole('dialog').locator('pre').innerText()
    t.equal(await statusWith(a, token, 'support'), 200)
    await button(page, 'I have copied it').click()
    await button(page, 'Issue a token').click()
    await page.getByLabel('Name of the caller').fill('second-admin')
    await page.getByLabel('admin:read').check()
    await button(page, 'Issue the token').click()
    await page.getByRole('dialog', { name: 'The token of second-admin' }).waitFor()
    await page.keyboard.press('Escape')
    await row(page, 'second-admin').getByText('no channel').waitFor()
    t.same(complaintsOf(page), [])
  })

  await t.test('what is wrong stands beside its field, which has the focus', async (t) => {
    const page = await signedIn(t, scene, '/callers')
    await button(page, 'Issue a token').click()
    const name = page.getByLabel('Name of the caller')
    const submit = button(page, 'Issue the token')
    await submit.click()
    await seen(page, 'Give the caller a name.')
    t.equal(await name.getAttribute('aria-invalid'), 'true')
    await focused(t, page, 'Name of the caller (required)')
    await name.fill('careless')
    await page.getByLabel('Alias or prefix').fill('Not/An/Alias')
    await button(page, 'Add').click()
    await seen(page, /“Not\/An\/Alias” is neither an alias/)
    await page.getByLabel('Alias or prefix').fill('')
    await submit.click()
    await seen(page, 'Choose at least one scope.')
    await focused(t, page, 'messages:send')
    await page.getByLabel('messages:send').check()
    await submit.click()
    await seen(page, /Choose at least one channel/)
    await page.getByLabel('Alias or prefix').fill('sales')
    await page.getByLabel('Life').selectOption('Another number of days')
    const days = page.getByLabel('Days', { exact: true })
    await days.fill('1.5')
    await submit.click()
    await seen(page, 'Give a whole number of days, at least 1.')
    await days.fill('4000')
    await submit.click()
    await seen(page, /The field "expiresIn" must be at most 31622400 seconds/)
    t.equal(await days.getAttribute('aria-invalid'), 'true')
    await days.fill('7')
    await page.getByLabel('Default channel').fill('support')
    await submit.click()
    await seen(page, /The field "channel" must be an alias that the field "channels" grants/)
    await focused(t, page, 'Default channel')
    t.same(complaintsOf(page), [])
  })

  await t.test('the state of a token is a word: good, expires soon, expired, revoked', async (t) => {
    await issue({ sub: 'of-30-days', expiresIn: 30 * DAY_SECONDS })
    await issue({ sub: 'of-110-days', expiresIn: 110 * DAY_SECONDS })
    await issue({ sub: 'of-365-days', expiresIn: 365 * DAY_SECONDS })
    const { jti } = await issue({ sub: 'of-nobody', expiresIn: 365 * DAY_SECONDS })
    await write('DELETE', `/v1/tokens/${jti}?wait=all`)
    const page = await signedIn(t, scene, '/')
    await page.clock.setFixedTime(Date.now() + 100 * DAY_SECONDS * 1_000)
    await page.getByRole('link', { name: 'Callers' }).click()
    await row(page, 'of-30-days').getByText('expired').waitFor()
    await row(page, 'of-110-days').getByText('expires soon').waitFor()
    await row(page, 'of-365-days').getByText('good').waitFor()
    await row(page, 'of-nobody').getByText('revoked').waitFor()
    t.equal(await row(page, 'of-nobody').getByRole('button').count(), 0, 'there is nothing left to revoke')
    t.equal(await row(page, 'of-30-days').getByRole('button').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('a token is revoked after a question, on every replica', async (t) => {
    const { token, jti } = await issue({ sub: 'lost-laptop' })
    t.equal(await statusWith(b, token), 200)
    const page = await signedIn(t, scene, '/callers')
    await button(page, `Revoke the token ${jti} of lost-laptop`).click()
    const dialog = page.getByRole('dialog', { name: 'Revoke a token of lost-laptop' })
    await dialog.getByText('This cannot be undone.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await focused(t, page, `Revoke the token ${jti} of lost-laptop`)
    t.equal(await statusWith(b, token), 200, 'Cancel changes nothing')
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Revoke the token' }).click()
    await seen(page, 'The token is revoked, on every replica.')
    t.equal(await statusWith(a, token), 401)
    t.equal(await statusWith(b, token), 401)
    await row(page, 'lost-laptop').getByText('revoked').waitFor()
    await focused(t, page, 'Tokens')
    t.same(complaintsOf(page), [])
  })

  await t.test(
    'a token from elsewhere is revoked by its id; of a pasted one only the id is taken',
    async (t) => {
      const page = await signedIn(t, scene, '/callers')
      const field = page.getByLabel('Id of the token (jti)')
      await button(page, 'Revoke…').click()
      await seen(page, 'Type the id of a token.')
      await field.fill(sign({ sub: 'stranger' }))
      t.equal(await field.inputValue(), '')
      await button(page, 'Revoke…').click()
      await seen(page, /This token has no id \(jti\)/)
      const token = sign({
        sub: 'stranger',
        jti: 'of/another provider',
        channels: ['sales'],
        scope: 'messages:read',
      })
      t.equal(await statusWith(b, token), 200)
      await field.fill(`Bearer ${token}`)
      t.equal(await field.inputValue(), 'of/another provider')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: 'Revoke a token' }).getByText('of/another provider').waitFor()
      await button(page, 'Revoke the token').click()
      await row(page, 'of/another provider').getByText('issued elsewhere').waitFor()
      t.equal(await statusWith(b, token), 401)
      t.equal(await field.inputValue(), '')
      t.same(complaintsOf(page), [])
    },
  )

  await t.test('the list is filtered by caller, and leaves out the sessions of this page', async (t) => {
    const gone = await signedIn(t, scene)
    await button(gone, 'Sign out').click()
    await gone.getByLabel('Admin token').waitFor()
    const { items } = (await write('GET', '/v1/tokens')) as { items: { jti: string }[] }
    t.ok(
      items.some(({ jti }) => jti.startsWith('session-')),
      'there is an ended session',
    )
    const page = await signedIn(t, scene, '/callers')
    await row(page, 'robot').waitFor()
    t.equal(await page.getByText('session-').count(), 0)
    await page.getByLabel('Caller', { exact: true }).fill('robot')
    await row(page, 'everything').waitFor({ state: 'detached' })
    t.equal(await row(page, 'robot').count(), 1)
    await page.getByLabel('Caller', { exact: true }).fill('nobody')
    await seen(page, 'There is no token of the caller “nobody” here.')
    t.same(complaintsOf(page), [])
  })

  await t.test('a hostile name is shown as text, and runs nothing', async (t) => {
    const sub = '<img src=x onerror=alert(1)>{{7*7}}'
    await issue({ sub })
    const page = await signedIn(t, scene, '/callers')
    await page.getByText(sub).waitFor()
    t.equal(await page.locator('main img').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('a read-only admin sees the list, and no way to change it', async (t) => {
    const page = await signedIn(t, scene, '/callers', { claims: READ_ONLY })
    await row(page, 'everything').waitFor()
    t.same(await page.locator('main button').allInnerTexts(), [])
    t.equal(await page.getByLabel('Id of the token (jti)').count(), 0)
    t.same(complaintsOf(page), [])
  })

  await t.test('on a phone nothing is cut off, in Portuguese neither', async (t) => {
    const page = await signedIn(t, scene, '/callers', {
      viewport: { width: 390, height: 844 },
      locale: 'pt-BR',
    })
    await button(page, 'Emitir um token').click()
    await seen(page, 'O que ele pode fazer')
    await row(page, 'lost-laptop').getByText('revogado', { exact: true }).waitFor()
    t.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
    await button(page, 'Emitir o token').click()
    await seen(page, 'Dê um nome ao chamador.')
    t.same(complaintsOf(page), [])
  })

  await t.test('a long list has pages', async (t) => {
    for (let made = 0; made < 100; made++) await write('POST', '/v1/tokens', FLEET)
    const page = await signedIn(t, scene, '/callers')
    await seen(page, 'Page 1')
    const first = await page.getByRole('rowheader').allInnerTexts()
    await button(page, 'Next page').click()
    await seen(page, 'Page 2')
    const second = await page.getByRole('rowheader').allInnerTexts()
    t.same(
      second.filter((text) => first.includes(text)),
      [],
    )
    await button(page, 'Previous page').click()
    await seen(page, 'Page 1')
    t.same(await page.getByRole('rowheader').allInnerTexts(), first)
    t.same(complaintsOf(page), [])
  })
})

const FLEET = { sub: 'fleet', channels: ['sales'], scope: 'messages:read', expiresIn: 90 * DAY_SECONDS }

t.test('a gateway that cannot issue tokens says so in words, and revokes all the same', async (t) => {
  t.teardown(closeBrowser)
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const folder = t.testdir({})
  const path = join(folder, 'key.pem')
  writeFileSync(path, publicKey.export({ type: 'spki', format: 'pem' }))
  const { gateway } = await startBare(t, {
    ...{ JWT_SECRET: '', JWT_PUBLIC_KEYS: path },
    DATA_DIR: join(folder, 'data'),
  })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const claims = { sub: 'admin', scope: 'admin:read admin:write', exp: Math.floor(Date.now() / 1_000) + 600 }
  const page = await openPage(t, `${gateway.adminUrl}/#/callers`)
  await page.getByLabel('Admin token').fill(createSigner({ key, algorithm: 'ES256' })(claims))
  await page.keyboard.press('Enter')
  await button(page, 'Issue a token').click()
  await page.getByLabel('Name of the caller').fill('shop')
  await page.getByLabel('All channels (*)').check()
  await page.getByLabel('messages:send').check()
  await button(page, 'Issue the token').click()
  await seen(page, /This gateway has no JWT_SECRET, so it cannot issue tokens/)
  await button(page, 'Cancel').click()
  await page.getByLabel('Id of the token (jti)').fill('an-id')
  await button(page, 'Revoke…').click()
  await button(page, 'Revoke the token').click()
  await row(page, 'an-id').getByText('revoked').waitFor()
  t.same(complaintsOf(page), [])
})
