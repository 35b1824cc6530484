import t from 'tap'
import { continues, livesBefore, sealDeed } from '../../src/directory/deed.ts'
import { sealEntry } from '../../src/directory/entry.ts'
import { generateKey, makeSeal } from '../../src/directory/seal.ts'
import { channelEntry } from './entries.ts'

const [oldKey, newKey] = [generateKey('old'), generateKey('new')]
const seal = makeSeal(oldKey)
const deed = sealDeed(seal, 'second', ['first', 'zeroth'])

t.test('a life continues those that its deed names, and no other', async (t) => {
  t.same(livesBefore(seal, { epoch: 'second', deed }), ['first', 'zeroth'])
  for (const lost of ['first', 'zeroth']) t.equal(continues(seal, { epoch: 'second', deed }, lost), true)
  for (const lost of ['second', '', 'fir', 'first,zeroth']) {
    t.equal(continues(seal, { epoch: 'second', deed }, lost), false, lost)
  }
})

t.test('a deed is good for its own life only', async (t) => {
  for (const epoch of ['third', '', 'second/', 'SECOND']) {
    t.equal(continues(seal, { epoch, deed }, 'first'), false, epoch)
  }
})

t.test('a deed that was edited, forged or taken from elsewhere is none', async (t) => {
  const forger = makeSeal(generateKey('old'))
  for (const forged of [
    '',
    'old.',
    '["first"]',
    deed.slice(0, -6),
    deed.replace(/.(?=.{20}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
    sealDeed(forger, 'second', ['first']),
    sealEntry(seal, channelEntry('second'), 1).sealed,
    seal.seal('["first"]', 'second'),
  ]) {
    t.equal(continues(seal, { epoch: 'second', deed: forged }, 'first'), false, forged.slice(0, 20))
  }
})

t.test('a deed outlives a change of the keys, as long as its key is in the ring', async (t) => {
  t.equal(continues(makeSeal(`${newKey},${oldKey}`), { epoch: 'second', deed }, 'first'), true)
  t.equal(continues(makeSeal(newKey), { epoch: 'second', deed }, 'first'), false)
})

t.test('a deed shows nothing', async (t) => {
  t.notMatch(Buffer.from(deed.slice(4), 'base64').toString('latin1') + deed, /first|zeroth|second/)
})
