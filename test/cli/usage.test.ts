import t from 'tap'
import { FileUsage } from '../../src/usage/file-usage.ts'
import { dayOf } from '../../src/usage/day.ts'
import { startBare } from '../helpers/running-gateway.ts'
import { LIMITS, batch, counted } from '../usage/store-suite.ts'
import { asAdmin, cells } from './command.ts'
import { folderOf } from '../helpers/folder.ts'

t.test('usage', async (t) => {
  const dataDir = folderOf(t)
  const day = dayOf(Date.now())
  const files = new FileUsage({ folder: `${dataDir}/usage`, ...LIMITS })
  const counts = [
    counted(2),
    counted(3, { channel: 'support' }),
    counted(4, { caller: '=1+1', outcome: 'refused' }),
  ]
  await files.add(batch(1, counts, { day }))
  await files.add(batch(2, [counted(100)], { day: '2026-01-15' }))
  const { gateway } = await startBare(t, { DATA_DIR: dataDir })
  const admin = asAdmin(gateway.adminUrl)

  t.test('lists the counts of the last days', async (t) => {
    const { code, stdout, stderr } = await admin('usage')
    t.equal(code, 0, stderr)
    t.same(cells(stdout), [
      ['DAY', 'ACCOUNT', 'CHANNEL', 'CALLER', 'OPERATION', 'OUTCOME', 'COUNT'],
      [day, 'acme', 'sales', '=1+1', 'sendTemplateMessage', 'refused', '4'],
      [day, 'acme', 'sales', 'shop', 'sendTemplateMessage', 'accepted', '2'],
      [day, 'acme', 'support', 'shop', 'sendTemplateMessage', 'accepted', '3'],
    ])
    t.equal((await admin('usage list')).stdout, stdout)
  })

  t.test('filters, and sums up what is not grouped by', async (t) => {
    t.same(cells((await admin('usage --group-by channel --caller shop')).stdout), [
      ['CHANNEL', 'COUNT'],
      ['sales', '2'],
      ['support', '3'],
    ])
    const { stdout } = await admin('usage --from 2026-01-01 --to 2026-01-31 --group-by day,account --json')
    t.same(JSON.parse(stdout), {
      items: [{ day: '2026-01-15', account: 'acme', count: 100 }],
      nextCursor: null,
    })
    t.equal(cells((await admin('usage --limit 1')).stdout).length, 2)
    t.equal((await admin('usage --channel none')).stdout, '(none)\n')
  })

  t.test('is CSV for a spreadsheet', async (t) => {
    const { code, stdout } = await admin('usage list --csv --outcome refused --group-by caller,outcome')
    t.equal(code, 0)
    t.equal(stdout, "caller,outcome,count\r\n'=1+1,refused,4\r\n")
  })

  t.test('says what is wrong', async (t) => {
    const wrong = await admin('usage --from 2026-02-30')
    t.equal(wrong.code, 1)
    t.match(wrong.stderr, /^The field "from" must be a day such as "2026-11-30"\. \(400 invalid-request/)
    t.equal((await admin('usage --outcome lost')).code, 64)
    t.equal((await admin('usage --csv --limit 3')).code, 64)
    t.equal((await admin('usage --no-such-flag')).code, 64)
  })
})
