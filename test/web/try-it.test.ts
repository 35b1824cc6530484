import type { Page } from 'playwright-core'
import t from 'tap'
import { CONTACT, SALES_NUMBER, SUPPORT_NUMBER, TENANT, WATI_TOKEN } from '../helpers/running-gateway.ts'
import { ROWS } from '../helpers/wati-table.ts'
import { closeBrowser, complaintsOf } from './browser.ts'
import { READ_ONLY, seen, signedIn, startScene } from './scene.ts'

const OTHER = '5511999990001'

const choose = (page: Page, endpoint: string) => page.getByLabel('Operation').selectOption(endpoint)

/** Presses Explain, and waits for an answer with this heading. */
async function explain(page: Page, heading = 'What Wati would get'): Promise<void> {
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByRole('heading', { name: heading }).waitFor()
}

const marksIn = (page: Page, part: 'address' | 'headers' | 'body') =>
  page.locator(`.try-${part} mark`).allInnerTexts()

const changes = (page: Page) => page.locator('.try-changes li').allInnerTexts()

t.test('trying it', async (t) => {
  const scene = await startScene(t)
  const { sandbox, write } = scene
  t.teardown(closeBrowser)
  const before = sandbox.requests().length
  const open = (options = {}) => signedIn(t, scene, '/try?channel=sales', options)

  await t.test('the page says that nothing is sent, and takes the channel from its address', async (t) => {
    const page = await open()
    await seen(page, 'Nothing is ever sent to Wati from here, and nothing is counted.')
    t.equal(await page.getByLabel('Channel').inputValue(), 'sales')
    t.same(complaintsOf(page), [])
  })

  await t.test(
    'every operation of the gateway can be chosen, and has an example that it takes',
    async (t) => {
      const page = await open()
      const operation = page.getByLabel('Operation')
      await operation.waitFor()
      const offered = await operation
        .locator('option')
        .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value))
      t.same(offered.sort(), ROWS.map(({ endpoint }) => endpoint).sort())
      t.same(
        await operation
          .locator('optgroup')
          .evaluateAll((groups) => groups.map((one) => (one as HTMLOptGroupElement).label)),
        ['Wati API v1', 'Wati API v2', 'Wati API v3'],
      )
      for (const { endpoint } of ROWS) {
        await operation.selectOption(endpoint)
        const answered = page.waitForResponse((response) => response.url().endsWith('/v1/explain'))
        await page.getByRole('button', { name: 'Explain' }).click()
        const answer = (await (await answered).json()) as object
        t.ok('request' in answer, endpoint, answer)
      }
      t.same(complaintsOf(page), [])
    },
  )

  await t.test(
    'v1: the number in the body and the tenant in the address are marked, the token is not there',
    async (t) => {
      const page = await open()
      await choose(page, 'POST /api/v1/sendTemplateMessage')
      await seen(page, "The channel's number travels in the body as channelNumber and channel_number.")
      await explain(page)
      t.same(await marksIn(page, 'body'), [
        `"channelNumber":"${SALES_NUMBER}"`,
        `"channel_number":"${SALES_NUMBER}"`,
      ])
      t.same(await marksIn(page, 'address'), [TENANT])
      t.equal(
        await page.locator('.try-address').innerText(),
        `POST ${sandbox.url}/${TENANT}/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`,
      )
      t.ok((await marksIn(page, 'headers')).includes('authorization: Bearer [secret]'))
      t.match(await changes(page), [
        `The tenant ${TENANT} of the account stands in front of the path.`,
        `channelNumber is written into the body: ${SALES_NUMBER}.`,
      ])
      await seen(page, "The header authorization carries the account's token, which is never shown.")
      await seen(page, /a caller whose token allows the channel sales and all scopes of callers/)
      t.notOk((await page.content()).includes(WATI_TOKEN))
      t.equal(await page.evaluate(() => document.activeElement?.textContent), 'What Wati would get')
      t.same(complaintsOf(page), [])
    },
  )

  await t.test('v1: the number in the query is marked; what the caller had named is told', async (t) => {
    const page = await open()
    await choose(page, 'GET /api/v1/getMessages/{whatsappNumber}')
    await page.getByLabel('whatsappNumber').fill(TENANT)
    await page.getByLabel('Query').fill(`pageSize=5&channelPhoneNumber=${OTHER}`)
    await explain(page)
    t.same(await marksIn(page, 'address'), [TENANT, `channelPhoneNumber=${SALES_NUMBER}`])
    await seen(page, `channelPhoneNumber is taken out of the query; the caller had written ${OTHER}.`)
    await seen(page, 'There is no body.')
    t.same(complaintsOf(page), [])
  })

  await t.test('v3: the target is marked, in the body and in the path', async (t) => {
    const page = await open()
    await choose(page, 'POST /api/ext/v3/conversations/messages/text')
    await page.getByLabel('Body').fill(`{"text":"a","target":"${OTHER}:${CONTACT}","nested":{"target":"x"}}`)
    await explain(page)
    t.same(await marksIn(page, 'body'), [`"target":"${SALES_NUMBER}:${CONTACT}"`])
    t.same(await marksIn(page, 'address'), [])
    await seen(page, `In front of target the caller had written ${OTHER}: that is taken away.`)
    await choose(page, 'PUT /api/ext/v3/conversations/{target}/status')
    await explain(page)
    t.same(await marksIn(page, 'address'), [`${SALES_NUMBER}:${CONTACT}`])
    t.same(await marksIn(page, 'body'), [])
    t.same(complaintsOf(page), [])
  })

  await t.test('v3: of many recipients those are marked whose target changes', async (t) => {
    const page = await open()
    await choose(page, 'POST /api/ext/v3/messageTemplates/send')
    const recipients = [{ target: CONTACT }, { note: '}"{', target: `${OTHER}:${CONTACT}` }]
    await page.getByLabel('Body').fill(JSON.stringify({ template_name: 'a"b\\', recipients }))
    await explain(page)
    t.same(await marksIn(page, 'body'), [
      `"channel":"${SALES_NUMBER}"`,
      `"target":"${SALES_NUMBER}:${CONTACT}"`,
    ])
    await seen(page, `recipients[1].target becomes ${SALES_NUMBER}:${CONTACT}`)
    t.same(complaintsOf(page), [])
  })

  await t.test('forms are written as fields, with a stand-in for the file', async (t) => {
    const page = await open()
    await choose(page, 'POST /api/v1/sendSessionMessage/{whatsappNumber}')
    await page.getByLabel('Kind of body').selectOption('Form')
    await page.getByLabel('Body', { exact: true }).fill(`messageText=Olá & mais\nchannel=${OTHER}`)
    await explain(page)
    t.same(await marksIn(page, 'body'), [`channelPhoneNumber=${SALES_NUMBER}`])
    t.match(await page.locator('.try-body').innerText(), 'messageText=Ol%C3%A1+%26+mais')
    await choose(page, 'POST /api/ext/v3/conversations/messages/file')
    await seen(page, /Files cannot be typed here, so a short text stands in/)
    await explain(page)
    t.same(await marksIn(page, 'body'), [`${SALES_NUMBER}:${CONTACT}`])
    t.match(await page.locator('.try-body').innerText(), 'filename="example.txt"')
    await page.getByLabel('Body', { exact: true }).fill('target')
    await page.getByRole('button', { name: 'Explain' }).click()
    await seen(page, 'Line 1 is not a field: write name=value.')
    t.same(complaintsOf(page), [])
  })

  await t.test('headers that do not go to Wati are told', async (t) => {
    const page = await open()
    await page.getByLabel('Headers').fill('accept-language: pt-BR\ncookie: a=b')
    await explain(page)
    await seen(page, 'The header cookie does not go to Wati.')
    t.match(await page.locator('.try-headers').innerText(), 'accept-language: pt-BR')
    t.same(complaintsOf(page), [])
  })

  await t.test('what a caller would be refused with is told with its status', async (t) => {
    await write('PUT', '/v1/channels/closed?wait=all', {
      account: 'acme',
      number: SUPPORT_NUMBER,
      enabled: false,
    })
    const page = await open()
    await page.getByLabel('Channel').fill('closed')
    await explain(page, 'What a caller would be told')
    await seen(page, '403: The channel is switched off')
    await seen(page, 'channel-disabled')
    await page.getByLabel('Channel').fill('nobody')
    await explain(page, 'What a caller would be told')
    await seen(page, '404: There is no such channel')
    await page.getByLabel('Channel').fill('sales')
    await page.getByLabel('Body').fill('{"template_name": }')
    await explain(page, 'What a caller would be told')
    await seen(page, '400: The request is not well-formed')
    await seen(page, 'The gateway refuses this request, and nothing reaches Wati.')
    t.same(complaintsOf(page), [])
  })

  await t.test('what is missing or no request at all stands beside its field', async (t) => {
    const page = await open()
    const press = () => page.getByRole('button', { name: 'Explain' }).click()
    await page.getByLabel('Channel').fill('')
    await press()
    await seen(page, 'Type the alias of a channel.')
    await page.getByLabel('Channel').fill('No Alias')
    await press()
    await seen(page, /the field "channel" must be an alias, such as "sales"/)
    t.equal(await page.getByLabel('Channel').getAttribute('aria-invalid'), 'true')
    await page.getByLabel('Channel').fill('sales')
    await page.getByLabel('Headers').fill('accept: text/json\nnonsense')
    await press()
    await seen(page, 'Line 2 is not a header: write name: value.')
    await page.getByLabel('Headers').fill('')
    await choose(page, 'GET /api/ext/v3/contacts/{target}')
    await page.getByLabel('target').fill(' ')
    await press()
    await seen(page, 'Fill this in: it stands in the path.')
    t.equal(await page.evaluate(() => (document.activeElement as HTMLInputElement).name), 'target')
    t.same(complaintsOf(page), [])
  })

  await t.test('JSON is formatted without changing a value, and a mistake in it is found', async (t) => {
    const page = await open()
    const body = page.getByLabel('Body')
    await body.fill(
      '{"a":1.0,"a":1e400,"big":12345678901234567890,"list":[1,{"x":"}, {"}],"none":{},"no":[]}',
    )
    await page.getByRole('button', { name: 'Format the JSON' }).click()
    await seen(page, 'The JSON is formatted.')
    t.equal(
      await body.inputValue(),
      `{
  "a": 1.0,
  "a": 1e400,
  "big": 12345678901234567890,
  "list": [
    1,
    {
      "x": "}, {"
    }
  ],
  "none": {},
  "no": []
}`,
    )
    await body.fill('{\n  "a": 1,\n  oops\n}')
    await page.getByRole('button', { name: 'Format the JSON' }).click()
    await seen(page, /This is not JSON: see line 3, column 3\./)
    t.equal(await body.inputValue(), '{\n  "a": 1,\n  oops\n}', 'it is left as it is')
    await body.fill('{"a": ')
    await page.getByRole('button', { name: 'Format the JSON' }).click()
    await seen(page, /This is not JSON: see line 1, column 7\./)
    t.same(complaintsOf(page), [])
  })

  await t.test('channels are suggested while one types', async (t) => {
    const page = await signedIn(t, scene, '/try')
    await page.getByLabel('Channel').fill('upp')
    await page.locator('datalist option[value=support]').waitFor({ state: 'attached' })
    await page.locator('datalist option[value=sales]').waitFor({ state: 'detached' })
    t.same(complaintsOf(page), [])
  })

  await t.test('an answer says when the request above it has changed since', async (t) => {
    const page = await open()
    await explain(page)
    await page.getByLabel('Channel').fill('support')
    await seen(page, 'The request above has changed since: press Explain again.')
    await explain(page)
    await page.getByText('The request above has changed since').waitFor({ state: 'detached' })
    t.match(await marksIn(page, 'body'), [`"channelNumber":"${SUPPORT_NUMBER}"`])
    t.same(complaintsOf(page), [])
  })

  await t.test('it works by keyboard alone, and for a read-only admin', async (t) => {
    const page = await signedIn(t, scene, '/try', { claims: READ_ONLY })
    await page.getByLabel('Operation').waitFor()
    await page.getByRole('heading', { name: 'Try it' }).focus()
    await page.keyboard.press('Tab')
    await page.keyboard.type('support')
    await page.keyboard.press('Tab')
    await page.keyboard.type('getMess')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('85212345678')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What Wati would get' }).waitFor()
    t.equal(
      await page.locator('.try-address').innerText(),
      `GET ${sandbox.url}/${TENANT}/api/v1/getMessages/85212345678?pageSize=20&pageNumber=1&channelPhoneNumber=${SUPPORT_NUMBER}`,
    )
    t.same(complaintsOf(page), [])
  })

  await t.test('a long body wraps, on a phone, too, and shows as text', async (t) => {
    const page = await open({ viewport: { width: 390, height: 844 } })
    const hostile = '<img src=x onerror=alert(1)>'
    await page.getByLabel('Body').fill(JSON.stringify({ template_name: hostile + 'x'.repeat(20_000) }))
    await explain(page)
    t.match(await page.locator('.try-body').innerText(), hostile)
    t.equal(await page.locator('main img').count(), 0)
    t.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
    t.same(complaintsOf(page), [])
  })

  await t.test('it speaks Portuguese', async (t) => {
    const page = await open({ locale: 'pt-BR' })
    await page.getByRole('button', { name: 'Explicar' }).click()
    await seen(page, 'O que a Wati receberia')
    await seen(page, `channelNumber é escrito no corpo: ${SALES_NUMBER}.`)
    t.same(complaintsOf(page), [])
  })

  t.equal(sandbox.requests().length, before, 'Wati got no request of all this')
})
