import t from 'tap'
import { Directory, type DirectoryState } from '../../src/directory/directory.ts'
import type { AccountFields } from '../../src/directory/entry.ts'
import { type TroubleParts, findTroubles } from '../../src/troubles/find-troubles.ts'
import { makeQuotaLook } from '../../src/troubles/quotas.ts'
import type { ReplicaView } from '../../src/troubles/store-view.ts'
import { accountEntry, channelEntry, opened, pictureWith, unreadable } from '../directory/entries.ts'

/** What is there, and what must be said of it: one line a trouble. */
interface Case {
  readonly when: string
  readonly parts?: Partial<TroubleParts>
  readonly account?: Partial<AccountFields>
  readonly state?: DirectoryState
  readonly said: readonly string[]
}

const NOW = new Date('2026-11-22T12:00:00Z')
const REPLICA: ReplicaView = { id: 'r1', address: 'host:1', silentMs: 300, missing: 0, behindMs: 0 }
const inStore = (...replicas: readonly ReplicaView[]): Partial<TroubleParts> => ({
  store: { isAway: false, replicas },
})
const tokenEnds = (tokenExpiresAt: string): Partial<AccountFields> => ({ tokenExpiresAt })

function troublesOf({ parts, account = {}, state = 'current' }: Partial<Case>): string[] {
  const directory = new Directory()
  directory.replace({ epoch: 'e', revision: 1 }, pictureWith(opened(accountEntry('acme', account), 1)))
  directory.state = state
  const found = findTroubles({
    ...{ now: NOW, directory, stateSince: undefined, store: { isAway: false, replicas: [] } },
    ...{ tokenWarningDays: 14, tokenTrouble: () => undefined, rejectionOf: () => undefined },
    ...{ callsOf: () => 0, channelsNearQuota: [], isAlone: false, redis: [] },
    ...parts,
  })
  return found.map(({ level, name, target, text }) =>
    [level, name, ...(target ? [`${target.kind} ${target.id}`] : []), text].join(' | '),
  )
}

const CASES: readonly Case[] = [
  { when: 'all is well', said: [] },
  {
    when: 'the store is away, since a time that was seen',
    state: 'blind',
    parts: { stateSince: new Date('2026-11-22T11:59:01.5Z') },
    said: [
      'error | directory-blind | This replica has been cut off from the store since 2026-11-22T11:59:01Z: known channels work as they last were and changes are refused, so see that the store runs and can be reached from here.',
    ],
  },
  {
    when: 'the store has lost everything',
    state: 'lost',
    said: [
      'error | directory-lost | The store has lost the directory: known channels work as they last were and changes are refused, so write it back with POST /v1/directory/reseed, or restore the store.',
    ],
  },
  {
    when: 'calls of an account are not tried, because Wati fails',
    parts: {
      breakerOf: () => ({
        state: 'open',
        since: new Date('2026-11-22T11:59:01.5Z'),
        lastFailure: { at: NOW, problem: 'wati-unreachable', detail: 'Wati refused the connection.' },
      }),
    },
    said: [
      'error | wati-down | account acme | Wati has failed the account acme since 2026-11-22T11:59:01Z, so its calls are refused and tried again from time to time (last failure: Wati refused the connection.): see whether https://live-mt-server.wati.io can be reached from here.',
    ],
  },
  {
    when: 'there is no directory yet',
    state: 'not-loaded',
    said: [
      'error | directory-not-loaded | The directory of channels is not loaded yet and every call is refused: see that the store runs and can be reached from here.',
    ],
  },
  {
    when: 'the store gives no answer',
    parts: { store: { isAway: true, why: 'no answer within 0.5 s' } },
    said: [
      'error | store-away | The store does not answer (no answer within 0.5 s), so nothing can be changed: start it, or see to the way there.',
    ],
  },
  {
    when: 'replicas are well, or lack a change of this moment',
    parts: inStore(REPLICA, { ...REPLICA, silentMs: 4_900 }, { ...REPLICA, missing: 3, behindMs: 4_900 }),
    said: [],
  },
  {
    when: 'a replica has fallen silent, whatever it lacks',
    parts: inStore(REPLICA, { ...REPLICA, id: 'r2', silentMs: 42_100, missing: 3, behindMs: 40_000 }),
    said: [
      'warning | replica-silent | replica r2 | The replica host:1 was last heard of 42 s ago: see whether it runs and reaches the store; one that was ended is forgotten after a while.',
    ],
  },
  {
    when: 'replicas are behind',
    parts: inStore(
      { ...REPLICA, id: 'r2', missing: 3, behindMs: 6_000 },
      { ...REPLICA, missing: 1, behindMs: 9_000 },
    ),
    said: [
      'warning | replica-behind | replica r1 | The replica host:1 has not applied a change for 9 s and works by old ones: look at its log and its load, or start it anew.',
      'warning | replica-behind | replica r2 | The replica host:1 has not applied 3 changes for 6 s and works by old ones: look at its log and its load, or start it anew.',
    ],
  },
  {
    when: 'Redis was found to be set in a dangerous way',
    parts: {
      redis: [
        { level: 'ok', what: 'Redis answers, version 7.0.15' },
        { level: 'warn', what: 'the clock is 2.0 s behind Redis', advice: 'let NTP set the clocks' },
        { level: 'fail', what: 'Redis fails' },
      ],
    },
    said: [
      'error | redis-settings | Redis fails.',
      'warning | redis-settings | The clock is 2.0 s behind Redis; let NTP set the clocks.',
    ],
  },
  {
    when: 'this replica paces alone',
    parts: { isAlone: true },
    said: [
      "warning | pacing-alone | This replica keeps to its own share of Wati's limits while the store is away, so fewer calls may leave: see to the store.",
    ],
  },
  { when: 'a token ends in fifteen days', account: tokenEnds('2026-12-07T12:00:00Z'), said: [] },
  {
    when: 'a token ends in two days',
    account: tokenEnds('2026-11-24T12:00:00Z'),
    said: [
      'warning | token-expires | account acme | The token of the account acme expires in 2 days (2026-11-24T12:00:00Z): write a new one.',
    ],
  },
  {
    when: 'a token ends now',
    account: tokenEnds('2026-11-22T12:00:00Z'),
    said: [
      'error | token-expired | account acme | The token of the account acme expired on 2026-11-22T12:00:00Z: write a new one.',
    ],
  },
  {
    when: 'a token that is kept elsewhere was never read',
    account: { tokenFrom: { env: 'ACME' } },
    parts: { tokenTrouble: () => 'the environment variable ACME is not set' },
    said: [
      'error | token-unreadable | account acme | The token of the account acme cannot be read where tokenFrom says (the environment variable ACME is not set) and its channels cannot be used: see to the variable or the file.',
    ],
  },
  {
    when: 'a token that was kept elsewhere stands in the record now',
    parts: { tokenTrouble: () => 'an old trouble' },
    said: [],
  },
  {
    when: 'Wati rejects a token',
    parts: {
      rejectionOf: () => ({
        first: new Date('2026-11-22T11:00:00Z'),
        last: new Date('2026-11-22T11:59:59Z'),
      }),
    },
    said: [
      'error | token-rejected | account acme | Wati has rejected the token of the account acme since 2026-11-22T11:00:00Z (last at 2026-11-22T11:59:59Z): write a new one.',
    ],
  },
  { when: 'less than 80 % of the calls are used', parts: { callsOf: () => 7_999 }, said: [] },
  {
    when: '80 % of the calls are used',
    parts: { callsOf: () => 8_000 },
    said: [
      'warning | account-quota | account acme | The account acme has used 80 % or more of its 10000 calls of this month (8000): ask Wati for more and raise limits.monthlyCalls, or see in the usage who sends them.',
    ],
  },
  {
    when: '95 % of the calls are used',
    account: { limits: { monthlyCalls: 20 } },
    parts: { callsOf: () => 19 },
    said: [
      'warning | account-quota | account acme | The account acme has used 95 % or more of its 20 calls of this month (19): ask Wati for more and raise limits.monthlyCalls, or see in the usage who sends them.',
    ],
  },
  {
    when: 'all calls are used',
    account: { limits: { monthlyCalls: 20 } },
    parts: { callsOf: () => 21 },
    said: [
      'error | account-quota | account acme | The account acme has used up its 20 calls of this month (21): ask Wati for more and raise limits.monthlyCalls, or see in the usage who sends them.',
    ],
  },
  {
    when: 'all calls are used, and more are refused',
    account: { limits: { monthlyCalls: 20 }, enforceQuota: true },
    parts: { callsOf: () => 20 },
    said: [
      'error | account-quota | account acme | The account acme has used up its 20 calls of this month (20), and its calls are refused until the month ends: ask Wati for more and raise limits.monthlyCalls, or see in the usage who sends them.',
    ],
  },
  {
    when: 'the quota was lifted',
    account: { limits: { monthlyCalls: null } },
    parts: { callsOf: () => 1e9 },
    said: [],
  },
  {
    when: 'channels are near their own quotas',
    parts: {
      channelsNearQuota: [
        { alias: 'support', step: 80, quota: 10, used: 9 },
        { alias: 'sales', step: 100, quota: 10, used: 10 },
      ],
    },
    said: [
      'error | channel-quota | channel sales | The channel sales has used up its 10 calls of this month (10), and its calls are refused until the month ends: raise its monthlyCalls, or see in the usage who sends them.',
      'warning | channel-quota | channel support | The channel support has used 80 % or more of its 10 calls of this month (9): raise its monthlyCalls, or see in the usage who sends them.',
    ],
  },
]

for (const { when, said, ...given } of CASES) {
  t.test(`when ${when}`, (t) => {
    t.same(troublesOf(given), said)
    for (const line of said) t.match(line.split(' | ').at(-1), /^[A-Z][^\n]*\.$/, 'one sentence')
    t.end()
  })
}

t.test('records that cannot be read are named', (t) => {
  const directory = new Directory()
  directory.replace({ epoch: 'e', revision: 2 }, pictureWith(unreadable('channel:sales', 1)))
  t.match(troublesOf({ parts: { directory } }), [
    /^error \| record-unreadable \| channel sales \| The record of the channel sales cannot be read and is not used: /,
  ])
  t.end()
})

t.test('channels with a quota of their own are looked at once in ten seconds', (t) => {
  const directory = new Directory()
  directory.replace(
    { epoch: 'e', revision: 5 },
    pictureWith(
      opened(channelEntry('free'), 1),
      opened(channelEntry('lifted', { monthlyCalls: null }), 2),
      opened(channelEntry('off', { monthlyCalls: 1, enabled: false }), 3),
      opened(channelEntry('sales', { monthlyCalls: 10 }), 4),
      opened(channelEntry('support', { monthlyCalls: 100 }), 5),
    ),
  )
  const asked: string[] = []
  let used = 9
  const look = makeQuotaLook({
    directory,
    callsOf(account, channel) {
      asked.push(`${account}/${channel}`)
      return { channel: used }
    },
  })
  const near = { alias: 'sales', step: 80, quota: 10, used: 9 }
  t.same(look(NOW), [near])
  t.same(asked.splice(0), ['acme/sales', 'acme/support'], 'only those that have one')
  used = 10
  t.same(look(new Date(NOW.getTime() + 9_999)), [near])
  t.same(asked, [])
  t.same(look(new Date(NOW.getTime() + 10_000)), [{ ...near, step: 100, used: 10 }])
  t.end()
})
