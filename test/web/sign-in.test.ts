import t from 'tap'
import { adminToken } from '../helpers/running-gateway.ts'
import { closeBrowser, complaintsOf, openPage } from './browser.ts'
import { READ_ONLY, type Scene, seen, signedIn, startScene } from './scene.ts'

t.test('signing in', async (t) => {
  const scene: Scene = await startScene(t)
  const { a, b } = scene
  t.teardown(closeBrowser)

  await t.test('a token is exchanged for a session that no script can read', async (t) => {
    const page = await openPage(t, a.gateway.adminUrl)
    await page.getByLabel('Admin token').fill(adminToken())
    await page.getByRole('button', { name: 'Sign in' }).click()
    await seen(page, 'Signed in as admin')
    const [cookie, ...others] = await page.context().cookies(`${a.gateway.adminUrl}/v1/session`)
    t.same(others, [])
    t.match(cookie, { name: 'wati-gateway-session', httpOnly: true, sameSite: 'Strict', path: '/v1' })
    t.ok(Number(cookie?.expires) < Date.now() / 1_000 + 601, 'it ends with its token')
    t.equal(await page.evaluate(() => document.cookie), '')
    const kept = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)].flat())
    t.same(kept, [], 'nothing is kept in the browser')
    t.same(complaintsOf(page), [])
  })

  await t.test('a session outlives a reload, and is good at the other replica', async (t) => {
    const page = await signedIn(t, scene)
    await page.reload()
    await seen(page, 'Signed in as admin')
    await page.goto(b.gateway.adminUrl)
    await seen(page, 'Signed in as admin')
  })

  await t.test('a token that is not good is refused beside the field', async (t) => {
    const page = await openPage(t, a.gateway.adminUrl)
    const field = page.getByLabel('Admin token')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await seen(page, 'Paste a token first.')
    await field.fill('not-a-token')
    await page.keyboard.press('Enter')
    await seen(page, /The token was not accepted\. The token is not valid/)
    t.equal(await field.getAttribute('aria-invalid'), 'true')
    t.equal(await field.evaluate((input) => input === document.activeElement), true, 'it has the focus')
    await field.fill(adminToken({ scope: 'messages:send' }))
    await page.keyboard.press('Enter')
    await seen(page, /needs the scope admin:read/)
  })

  await t.test('who signs out is refused with a copy of the cookie, at the other replica, too', async (t) => {
    const page = await signedIn(t, scene)
    const [cookie] = await page.context().cookies(`${a.gateway.adminUrl}/v1/session`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
    t.same(await page.context().cookies(`${a.gateway.adminUrl}/v1/session`), [])
    await page.context().addCookies([cookie!])
    await page.reload()
    await page.getByLabel('Admin token').waitFor()
    const headers = { cookie: `${cookie!.name}=${cookie!.value}` }
    // In force everywhere within a second.
    for (let tries = 0; tries < 20; tries++) {
      const { status } = await fetch(`${b.gateway.adminUrl}/v1/channels`, { headers })
      if (status === 401) break
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    t.equal((await fetch(`${b.gateway.adminUrl}/v1/channels`, { headers })).status, 401)
  })

  await t.test(
    'a session that ends while somebody works leads back to the way in, and says so',
    async (t) => {
      // A view that does not load anything by itself: the overview would notice before the click.
      const page = await signedIn(t, scene, '/activity')
      await seen(page, 'admin created the account acme')
      await page.context().clearCookies()
      await page.getByRole('link', { name: 'Channels' }).click()
      await seen(page, 'The session has ended. Sign in again.')
    },
  )

  await t.test('a read-only token is told so', async (t) => {
    const page = await signedIn(t, scene, '/', { claims: READ_ONLY })
    await seen(page, 'Read-only')
  })

  await t.test('the page speaks the language of the browser', async (t) => {
    const page = await openPage(t, a.gateway.adminUrl, { locale: 'pt-BR' })
    await page.getByRole('button', { name: 'Entrar' }).waitFor()
    t.equal(await page.evaluate(() => document.documentElement.lang), 'pt-BR')
    const other = await openPage(t, a.gateway.adminUrl, { locale: 'fr-FR' })
    await other.getByRole('button', { name: 'Sign in' }).waitFor()
  })

  await t.test('a way in that has no gateway behind it says so', async (t) => {
    const page = await openPage(t, a.gateway.adminUrl)
    await page.getByLabel('Admin token').waitFor()
    await page.context().setOffline(true)
    await page.getByLabel('Admin token').fill(adminToken())
    await page.keyboard.press('Enter')
    await seen(page, /The gateway cannot be reached/)
  })
})
