import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { Turnstile } from '../../src/pacing/turnstile.ts'

t.test(
  'so many are inside at a time, the urgent ones go first, each in the order of its arrival',
  async (t) => {
    const turnstile = new Turnstile(2)
    const order: number[] = []
    let [inside, most] = [0, 0]
    const work = async (place: number): Promise<number> => {
      order.push(place)
      inside += 1
      most = Math.max(most, inside)
      await turn()
      inside -= 1
      return place
    }
    const all = Array.from({ length: 10 }, (_, place) => turnstile.pass(place >= 8, () => work(place)))
    t.same(await Promise.all(all), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    t.same(order, [0, 1, 8, 9, 2, 3, 4, 5, 6, 7])
    t.equal(most, 2)
  },
)

t.test('when one fails, those that wait fail with it, and later ones may try', async (t) => {
  const turnstile = new Turnstile(1)
  let tried = 0
  const fail = async (): Promise<void> => {
    tried += 1
    await turn()
    throw new Error('away')
  }
  const all = await Promise.allSettled(Array.from({ length: 5 }, (_, i) => turnstile.pass(i === 3, fail)))
  t.ok(all.every(({ status }) => status === 'rejected'))
  t.equal(tried, 1)
  t.equal(await turnstile.pass(false, async () => 'well'), 'well')
})
