import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { SALES_NUMBER, adminToken, startRunning } from '../helpers/running-gateway.ts'
import { asAdmin, cells } from './command.ts'

t.test('audit list shows who changed what, by filter, from either end', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const json = { account: 'acme', number: '+5511999990001' }
  await api('PUT', '/v1/channels/sales', { json, claims: { sub: 'ana' } })

  const { stdout } = await admin('audit list --kind channel --id sales')
  const [headings, created, updated, ...more] = cells(stdout)
  t.same(headings, ['AT', 'ACTOR', 'ACTION', 'TARGET', 'REQUEST', 'CHANGES'])
  t.match(created, [/Z$/, 'admin', 'channel.create', 'channel sales', /^[0-9a-f-]{36}$/])
  t.match(updated, [/Z$/, 'ana', 'channel.update', 'channel sales'])
  t.equal(updated?.at(-1), `number: ${SALES_NUMBER} → 5511999990001`)
  t.same(more, [])

  const newest = JSON.parse((await admin('audit list --order desc --limit 1 --json')).stdout)
  t.match(newest, { items: [{ actor: { sub: 'ana' }, action: 'channel.update' }], nextCursor: null })
  t.equal(newest.items.length, 1)
  const by = JSON.parse((await admin('audit list --actor ana --action channel.update --json')).stdout)
  t.equal(by.items.length, 1)
  t.equal((await admin('audit list --since 2099-01-01T00:00:00Z')).stdout, '(none)\n')
})

t.test('audit list --jsonl gives one change a line, up to the limit', async (t) => {
  const { gateway } = await startRunning(t, { limits: 'of-the-plan' })
  const admin = asAdmin(gateway.adminUrl)
  const lines = (await admin('audit list --jsonl')).stdout.trimEnd().split('\n')
  t.match(
    lines.map((line) => (JSON.parse(line) as { action: string }).action),
    ['account.create', 'channel.create', 'channel.create'],
  )
  t.equal((await admin('audit list --jsonl --limit 2')).stdout, `${lines.slice(0, 2).join('\n')}\n`)
  t.equal((await admin('audit list --jsonl --limit 0')).stdout, '')
})

t.test('a reader that ends early, as head does, ends the command without a word', async (t) => {
  const { gateway, admin: api } = await startRunning(t, { limits: 'of-the-plan' })
  for (let i = 0; i < 200; i += 1) {
    const description = `${'x'.repeat(490)}${i}`
    await api('PUT', '/v1/channels/sales', { json: { account: 'acme', number: SALES_NUMBER, description } })
  }
  for (const args of [
    ['audit', 'list', '--jsonl'],
    ['audit', 'list'],
    ['audit', 'list', '--json'],
  ]) {
    const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
      env: {
        PATH: process.env['PATH'],
        WATI_GATEWAY_URL: gateway.adminUrl,
        WATI_GATEWAY_TOKEN: adminToken(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const closed = once(child, 'close')
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const [code] = (await closed) as [number]
    t.equal(code, 0, args.join(' '))
    t.equal(stderr, '')
  }
})
