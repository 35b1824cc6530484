import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { Directory } from '../../src/directory/directory.ts'
import type { AccountFields } from '../../src/directory/entry.ts'
import { Picture } from '../../src/directory/picture.ts'
import { makeTokenReader } from '../../src/directory/token-reader.ts'
import { TokenWatch } from '../../src/directory/token-watch.ts'
import { TokensElsewhere } from '../../src/directory/tokens-elsewhere.ts'
import { CapturedLog } from '../helpers/captured-log.ts'
import { accountEntry, opened } from './entries.ts'

const [FIRST, SECOND] = ['wati_first-token', 'wati_second-token']
const DAY_MS = 24 * 60 * 60 * 1_000
const NOW = new Date('2026-11-22T09:00:00.000Z')

function startScene(t: Test, everyMs = 3_600_000) {
  const folder = t.testdir({ token: `${FIRST}\n` })
  const variables: Record<string, string> = { ACME_TOKEN: FIRST }
  const log = new CapturedLog()
  const logger = pino({ level: 'info' }, log)
  const directory = new Directory()
  const reader = makeTokenReader({ variable: (name) => variables[name], ownVariables: [], ownPaths: [] })
  const elsewhere = new TokensElsewhere({ directory, reader, log: logger })
  const watch = new TokenWatch({ directory, elsewhere, log: logger, everyMs, warningDays: 14 })
  t.teardown(() => watch.stop())
  let revision = 0
  /** As the follower does with what it loads. */
  const load = (...accounts: readonly Partial<AccountFields>[]) => {
    const picture = new Picture((account) => elsewhere.filled(account))
    for (const fields of accounts) picture.put(opened(accountEntry(fields.id ?? 'acme', fields), ++revision))
    directory.replace({ epoch: 'e', revision }, picture)
  }
  return {
    ...{ directory, watch, log, variables, load, elsewhere },
    file: join(folder, 'token'),
    apply: (fields: Partial<AccountFields>) =>
      directory.apply(opened(accountEntry(fields.id ?? 'acme', fields), ++revision)),
    token: (id = 'acme') => directory.accounts.get(id)?.token?.reveal(),
    alarms: (alarm: string) => log.lines.filter((line) => line['alarm'] === alarm),
  }
}

t.test('an account gets the token that stands where it says, others keep their own', async (t) => {
  const { load, token, file } = startScene(t)
  load({ id: 'env', tokenFrom: { env: 'ACME_TOKEN' } }, { id: 'file', tokenFrom: { file } }, { id: 'own' })
  t.equal(token('env'), FIRST)
  t.equal(token('file'), FIRST)
  t.equal(token('own'), 'wati_11111111-2222.abcdef')
})

t.test('a file that changed takes over at the next look', async (t) => {
  const { load, token, file, watch, directory } = startScene(t)
  load({ tokenFrom: { file }, description: 'kept' })
  const before = directory.accounts.get('acme')
  writeFileSync(file, `Bearer ${SECOND}\n`)
  t.equal(token(), FIRST)
  watch.look()
  t.equal(token(), SECOND)
  t.match(directory.accounts.get('acme'), { id: 'acme', description: 'kept', revision: 1 })
  t.equal(before?.token?.reveal(), FIRST, 'what was handed out does not change')
})

t.test('the file is looked at by itself, as often as it should be', async (t) => {
  const { load, token, file } = startScene(t, 10)
  load({ tokenFrom: { file } })
  writeFileSync(file, SECOND)
  const deadline = performance.now() + 5_000
  while (token() !== SECOND && performance.now() < deadline) await new Promise((r) => setTimeout(r, 5))
  t.equal(token(), SECOND)
})

t.test('one that cannot be read keeps the last good token, and the log says so once', async (t) => {
  const { load, token, file, watch, alarms, log } = startScene(t)
  load({ tokenFrom: { file } })
  rmSync(file)
  for (let look = 0; look < 3; look += 1) watch.look()
  t.equal(token(), FIRST)
  t.match(alarms('token-unreadable'), [{ account: 'acme', level: 50, reason: /cannot be read \(ENOENT\)$/ }])
  writeFileSync(file, 'half')
  for (let look = 0; look < 3; look += 1) watch.look()
  t.equal(token(), FIRST)
  t.match(
    alarms('token-unreadable').slice(1),
    [{ reason: /does not hold a token/ }],
    'another reason is news',
  )
  writeFileSync(file, SECOND)
  watch.look()
  t.equal(token(), SECOND)
  rmSync(file)
  watch.look()
  t.equal(alarms('token-unreadable').length, 3, 'it was good in between')
  t.notMatch(log.text, /wati_|half/)
})

t.test('the last good token is kept when all is loaded anew, and when the account changes', async (t) => {
  const { load, token, file, apply, directory } = startScene(t)
  load({ tokenFrom: { file } })
  rmSync(file)
  load({ tokenFrom: { file } })
  t.equal(token(), FIRST)
  const changed = accountEntry('acme', { tokenFrom: { file }, description: 'new' })
  directory.apply(opened(changed, 99))
  t.equal(token(), FIRST)
  t.match(directory.accounts.get('acme'), { description: 'new' })
  apply({ id: 'late', tokenFrom: { file } })
})

t.test('a token of another place never stands in for one that cannot be read', async (t) => {
  const { load, token, file, apply, directory } = startScene(t)
  load({ tokenFrom: { env: 'ACME_TOKEN' } })
  rmSync(file)
  apply({ tokenFrom: { file } })
  t.equal(token(), undefined)
  t.ok(directory.accounts.get('acme'))
  load({})
  apply({ tokenFrom: { file } })
  t.equal(token(), undefined, 'nor one that was written')
})

t.test('an account whose token is missing at first gets it when it is there', async (t) => {
  const { load, token, variables, watch } = startScene(t)
  load({ tokenFrom: { env: 'LATER' } })
  t.equal(token(), undefined)
  variables['LATER'] = SECOND
  watch.look()
  t.equal(token(), SECOND)
})

t.test('an account that has its own token again is left alone', async (t) => {
  const { load, token, file, apply, watch } = startScene(t)
  load({ tokenFrom: { file } })
  apply({})
  writeFileSync(file, SECOND)
  watch.look()
  t.equal(token(), 'wati_11111111-2222.abcdef')
})

t.test('a file that may not be read is told of', async (t) => {
  if (process.getuid?.() === 0) return t.pass('root may read everything')
  const { load, token, file, alarms } = startScene(t)
  chmodSync(file, 0)
  load({ tokenFrom: { file } })
  t.equal(token(), undefined)
  return t.match(alarms('token-unreadable'), [{ reason: /EACCES/ }])
})

const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS).toISOString()

t.test('a token is warned of from 14 days before its end', async (t) => {
  for (const { days, warning } of [
    { days: 14.01, warning: undefined },
    { days: 14, warning: /^The token expires in 14 days \(/ },
    { days: 13.99, warning: /^The token expires in 13 days \(/ },
    { days: 1.5, warning: /^The token expires in 1 day \(/ },
    { days: 0.5, warning: /^The token expires in less than a day \(/ },
    { days: 0, warning: /^The token expired on / },
    { days: -100, warning: /^The token expired on / },
  ]) {
    const { load, watch, alarms } = startScene(t)
    load({ tokenExpiresAt: inDays(days) }, { id: 'other' })
    watch.look(NOW)
    const expected = warning === undefined ? [] : [{ level: 40, account: 'acme', warning }]
    t.match(alarms('token-expires'), expected, `${days} days`)
    t.equal(alarms('token-expires').length, expected.length)
  }
})

t.test('the warning comes once a day, for each account, until the token is another', async (t) => {
  const { load, watch, alarms, apply } = startScene(t)
  load({ tokenExpiresAt: inDays(10) }, { id: 'other', tokenExpiresAt: inDays(12) })
  const look = (days: number) => watch.look(new Date(NOW.getTime() + days * DAY_MS))
  const count = (id: string) => alarms('token-expires').filter((line) => line['account'] === id).length
  for (const days of [0, 0.001, 0.5, 0.999]) look(days)
  t.same([count('acme'), count('other')], [1, 1])
  for (const days of [1, 1.5, 1.999]) look(days)
  t.same([count('acme'), count('other')], [2, 2])
  apply({ tokenExpiresAt: inDays(300) })
  look(3)
  t.same([count('acme'), count('other')], [2, 3])
  apply({ tokenExpiresAt: inDays(5) })
  look(3.001)
  t.same([count('acme'), count('other')], [3, 3], 'a new end is news')
  look(11)
  look(12)
  t.match(alarms('token-expires').at(-1), { warning: /^The token expired on / }, 'also after the end')
})
