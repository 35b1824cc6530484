import fc from 'fast-check'
import t from 'tap'
import { fold, isChannelKey } from '../../src/rewrite/channel-key.ts'
import { hiddenName } from './channel-key-names.ts'
import { holds } from './run-property.ts'

t.test('every spelling of a channel key is known: any case, `_` and `-` anywhere', async (t) => {
  holds(t, hiddenName, (letters) => {
    const name = letters.map(({ letter }) => letter).join('')
    if (!isChannelKey(name)) throw new Error(`${name} is not known`)
  })
})

t.test('names that are only like a channel key are other names', async (t) => {
  for (const name of ['', 'channels', 'channelNumbers', 'myChannel', 'channelId', 'phoneNumber', 'target']) {
    t.notOk(isChannelKey(name), name)
  }
})

t.test(
  'letters of other alphabets that look alike are other letters, as for every reader of names',
  async (t) => {
    for (const name of ['сhannel', 'chаnnel', 'channеl', 'ｃhannel', 'channel１'])
      t.notOk(isChannelKey(name), name)
  },
)

t.test('a plain name folds as it does with a character in it that readers drop', async (t) => {
  holds(
    t,
    fc.tuple(fc.stringMatching(/^\w*$/), fc.constantFrom('\u200b', ' ', '"', '-')),
    ([name, dropped]) => {
      const half = Math.floor(name.length / 2)
      const longer = name.slice(0, half) + dropped + name.slice(half)
      if (fold(name) !== fold(longer)) throw new Error(`${name} folds to ${fold(name)}`)
    },
  )
})

t.test('a name that is nearly a key, and has no end, is looked at in no time', async (t) => {
  // With a pattern that can split the underscores in more than one way this takes minutes.
  const endless = '_'.repeat(300_000)
  t.notOk(isChannelKey(`channel${endless}x`))
  t.notOk(isChannelKey(`${endless}channel${endless}number${endless}x`))
  t.ok(isChannelKey(`${endless}channel${endless}number${endless}`))
})
