import t from 'tap'
import { SALES_NUMBER, SUPPORT_NUMBER, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin } from './command.ts'

t.test('diff shows what apply would change, and changes nothing: exit code 2', async (t) => {
  const { gateway, sandbox, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const text = [
    'accounts:',
    `  acme: {tenantId: 388428, baseUrl: "${sandbox.url}", plan: pro}`,
    'channels:',
    `  sales: {account: acme, number: ${SUPPORT_NUMBER}, enabled: false}`,
    `  new: {account: acme, number: +852 6431-8722}`,
  ].join('\n')
  const before = (await api('GET', '/v1/channels')).text
  const { code, stdout, stderr } = await admin('diff -f -', { stdin: text })
  t.equal(code, 2, stderr)
  t.equal(
    stdout,
    [
      '~ account acme plan: growth → pro',
      `~ channel sales number: ${SALES_NUMBER} → ${SUPPORT_NUMBER}`,
      '~ channel sales enabled: true → false',
      `+ channel new account: acme, number: ${SALES_NUMBER}, enabled: true`,
      '- channel support (only with --prune)',
      '',
    ].join('\n'),
  )
  const json = await admin('diff -f - --json', { stdin: text })
  t.equal(json.code, 2)
  t.match(JSON.parse(json.stdout), {
    differences: [
      {
        change: 'update',
        kind: 'account',
        id: 'acme',
        fields: [{ field: 'plan', from: 'growth', to: 'pro' }],
      },
      { change: 'update', kind: 'channel', id: 'sales', revision: 2 },
      { change: 'create', kind: 'channel', id: 'new' },
      { change: 'delete', kind: 'channel', id: 'support' },
    ],
  })
  t.equal((await api('GET', '/v1/channels')).text, before)
})
