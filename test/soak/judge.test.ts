import t from 'tap'
import { type Surroundings, type Told, judge } from './judge.ts'
import type { Visit } from './recording-wati.ts'
import type { Trouble } from './troubles.ts'

const TOLD: Told = {
  ...{ sort: 'write', status: 200, problem: '', outcome: 'accepted', text: 'the answer', complete: true },
}
const VISIT: Visit = { key: '', tryId: '', deed: 'answer', answer: 'the answer', whole: true }
const AWAY: Partial<Told> = { status: 503, problem: 'store-unavailable', text: '' }
const DOWN: Partial<Told> = { status: 502, problem: 'wati-unreachable', outcome: 'not_sent', text: '' }
const NO_ANSWER: Partial<Told> = { status: 0, outcome: '', text: '', complete: false }

const during = (...troubles: Trouble[]): Surroundings => ({ troubles: new Set(troubles), killed: false })
const KILLED: Surroundings = { ...during(), killed: true }

interface Case {
  readonly when: string
  readonly told: Partial<Told>
  readonly visits?: readonly Partial<Visit>[]
  readonly was?: Surroundings
}

const RIGHT: readonly Case[] = [
  { when: 'Wati answered', told: {}, visits: [{}] },
  { when: 'Wati reset', told: { ...DOWN, outcome: 'unknown' }, visits: [{ deed: 'reset' }] },
  { when: 'Wati refused the first try', told: {}, visits: [{ deed: 'too-many' }, {}] },
  { when: 'Wati has been failing', told: DOWN, was: during('wati') },
  { when: 'the way was broken', told: { ...DOWN, outcome: 'unknown' }, visits: [{}], was: during('network') },
  { when: 'the replica was killed', told: NO_ANSWER, visits: [{}], was: KILLED },
  { when: 'blind', told: { ...AWAY, sort: 'unknown-alias', outcome: '' }, was: during('redis') },
  { when: 'a slow reader was cut off', told: { sort: 'slow', complete: false }, visits: [{}] },
]

const UNTRUE: readonly Case[] = [
  { when: 'it says not sent, and it came', told: DOWN, visits: [{ deed: 'reset' }], was: during('wati') },
  { when: 'it says 200, and nothing came', told: {} },
  { when: 'it is the answer to another request', told: { text: 'another answer' }, visits: [{}] },
  {
    when: 'it was refused, and came',
    told: { sort: 'refused-token', status: 401, problem: 'unauthenticated' },
    visits: [{}],
  },
]

const FAILURE: readonly Case[] = [
  {
    when: 'a fault of its own',
    told: { status: 500, problem: 'internal-error', outcome: 'unknown' },
    visits: [{}],
  },
  {
    when: 'a known alias is refused for the sake of Redis',
    told: { ...AWAY, outcome: '' },
    was: during('redis'),
  },
  { when: 'Wati is said to be down, and is not', told: DOWN },
  { when: 'no answer, and nobody was killed', told: NO_ANSWER, was: during('redis', 'wati', 'network') },
  {
    when: 'a 404 while blind is right only for an unknown alias',
    told: { status: 404, problem: 'unknown-channel' },
  },
  { when: 'an answer that was cut short is passed on', told: {}, visits: [{ deed: 'cut-short' }] },
  {
    when: 'a write does not say what became of it',
    told: { ...DOWN, outcome: '' },
    visits: [{ deed: 'reset' }],
  },
  { when: 'an answer breaks off in calm', told: { complete: false }, visits: [{}] },
  { when: 'a slow reader gets it all', told: { sort: 'slow' }, visits: [{}] },
  { when: 'a bad token passes', told: { sort: 'refused-token', status: 404, problem: 'unknown-channel' } },
]

for (const [verdict, cases] of Object.entries({ right: RIGHT, untrue: UNTRUE, failure: FAILURE }))
  for (const { when, told, visits = [], was = during() } of cases)
    t.test(`the soak calls it ${verdict} when: ${when}`, async (t) => {
      const seen = visits.map((visit) => ({ ...VISIT, ...visit }))
      t.equal(judge({ ...TOLD, ...told }, seen, was), verdict)
    })
