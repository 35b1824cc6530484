import t from 'tap'
import { Calendar, addDays, dayOf, daysFrom, isDay } from '../../src/usage/day.ts'

t.test('a day is one that there is', async (t) => {
  for (const day of ['2026-11-22', '2024-02-29', '2026-12-31', '2000-02-29']) t.ok(isDay(day), day)
  const none = [
    '2026-02-29',
    '2100-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '',
    'today',
  ]
  for (const day of [...none, '2026-11-22T00:00:00Z', ' 2026-11-22', '2026-11-22\n', '+2026-11-22'])
    t.notOk(isDay(day), day)
})

t.test('days follow each other over the ends of months and years', async (t) => {
  t.same([...daysFrom('2024-02-28', '2024-03-01')], ['2024-02-28', '2024-02-29', '2024-03-01'])
  t.same([...daysFrom('2026-12-31', '2027-01-01')], ['2026-12-31', '2027-01-01'])
  t.same([...daysFrom('2026-01-02', '2026-01-01')], [])
  t.equal(addDays('2026-03-01', -400), '2025-01-25')
})

t.test('the calendar turns at midnight (UTC), also when the clock is set back', async (t) => {
  let now = Date.parse('2026-11-22T23:59:59.999Z')
  const calendar = new Calendar(() => now)
  for (const step of [0, 1, -1, 1, 86_400_000 - 1, 1, -200_000_000]) {
    now += step
    t.equal(calendar.today, dayOf(now))
  }
})
