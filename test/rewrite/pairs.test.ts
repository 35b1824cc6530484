import t from 'tap'
import { rewriteForm } from '../../src/rewrite/form.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { readPair, rewritePairs } from '../../src/rewrite/pairs.ts'
import { readPairs } from './pairs-readers.ts'

const NUMBER = '85264318722'
const KEY = `channelPhoneNumber=${NUMBER}`

/** `K` stands for the wanted key with the channel's number. */
const CASES: { when: string; text: string; becomes: string; claimed?: string[] }[] = [
  { when: 'nothing is there', text: '', becomes: 'K' },
  { when: 'one pair is there', text: 'a=1', becomes: 'a=1&K' },
  { when: 'the key is alone', text: 'channelPhoneNumber=1', becomes: 'K', claimed: ['1'] },
  { when: 'the key comes first', text: 'channelPhoneNumber=1&a=2', becomes: 'a=2&K', claimed: ['1'] },
  { when: 'the key comes last', text: 'a=2&channelPhoneNumber=1', becomes: 'a=2&K', claimed: ['1'] },
  {
    when: 'the key stands between',
    text: 'a=2&channelPhoneNumber=1&b=3',
    becomes: 'a=2&b=3&K',
    claimed: ['1'],
  },
  {
    when: 'the key is repeated',
    text: 'channel=1&a=2&CHANNEL=3&channel=4',
    becomes: 'a=2&K',
    claimed: ['1', '3', '4'],
  },
  { when: 'the key has no value', text: 'channel=&a=1', becomes: 'a=1&K' },
  { when: 'the key has no equals sign', text: 'channel&a=1', becomes: 'a=1&K' },
  { when: 'the value has an equals sign', text: 'channel=1=2', becomes: 'K', claimed: ['1=2'] },
  { when: 'the value is encoded', text: 'channel=%2B852+6431', becomes: 'K', claimed: ['+852 6431'] },
  { when: 'pairs are empty', text: '&&a=1&&', becomes: '&&a=1&&&K' },
  { when: 'only an ampersand is there', text: '&', becomes: '&&K' },
  { when: 'empty pairs stand around the key', text: '&channel=1&', becomes: '&&K', claimed: ['1'] },
  { when: 'other names repeat', text: 'a=1&a=2&A=3', becomes: 'a=1&a=2&A=3&K' },
  {
    when: 'other pairs hold odd codes',
    text: 'a=%zz&%=%4&b=%FF&c=+%2B',
    becomes: 'a=%zz&%=%4&b=%FF&c=+%2B&K',
  },
  {
    when: 'a value names the key',
    text: 'a=channel&b=x%26channel%3D1',
    becomes: 'a=channel&b=x%26channel%3D1&K',
  },
  { when: 'a name is encoded twice', text: 'a=1&%2563hannel=1', becomes: 'a=1&K', claimed: ['1'] },
  {
    when: 'a name has codes that only old readers know',
    text: '%u0063hannel=1&a',
    becomes: 'a&K',
    claimed: ['1'],
  },
  { when: 'a name is only like the key', text: 'channels=1&xchannel=2', becomes: 'channels=1&xchannel=2&K' },
]

for (const { when, text, becomes, claimed = [] } of CASES) {
  t.test(`when ${when}, the number is put in and the rest stays`, async (t) => {
    const result = rewritePairs(text, ['channelPhoneNumber'], NUMBER)
    t.equal(result.value, becomes.replace('K', KEY))
    t.same(result.claimed, claimed)
    t.equal(rewriteForm(Buffer.from(text), ['channelPhoneNumber'], NUMBER).value.toString(), result.value)
  })
}

const SPELLINGS = [
  ...['channelNumber', 'channel_number', 'channelPhoneNumber', 'channel', 'CHANNEL-NUMBER', '_Channel_'],
  ...['channel%4Eumber', 'channel%4eumber', '%63%68%61%6e%6E%65%6c', 'channel%5Fnumber', 'channel%2Dnumber'],
  ...['channelNumber[]', 'channelNumber[0]', 'channel[x]', 'channel%5B%5D', 'channelNumber%5b0]', 'channel['],
  ...['channelNumber[0][1]', '%43hannel_Number%5B%5d'],
]

for (const spelling of SPELLINGS) {
  t.test(`the spelling ${spelling} is taken away, alone, repeated and between others`, async (t) => {
    for (const [text, becomes] of [
      [`${spelling}=1`, KEY],
      [`${spelling}=1&${spelling}&${spelling}=`, KEY],
      [`a=1&${spelling}=2&b=3`, `a=1&b=3&${KEY}`],
    ] as const) {
      t.equal(rewritePairs(text, ['channelPhoneNumber'], NUMBER).value, becomes)
    }
  })
}

const MODEL_PATHS = ['a[]=1', 'a.b=1', 'a[0].b', '%61%5B%5d=1', 'a]=1', 'request.text=1', '.=1']
for (const pair of MODEL_PATHS) {
  // ASP.NET passes over plain names, the number with them, once one name is a path into a model.
  t.test(`the name in ${pair} is refused beside a number, and passes where there is none`, async (t) => {
    t.throws(() => rewritePairs(`a=1&${pair}`, ['channelPhoneNumber'], NUMBER), Malformed)
    t.throws(() => rewritePairs(pair, [], NUMBER, true), Malformed, 'beside a target, too')
    t.equal(rewritePairs(`a=1&${pair}`, [], NUMBER).value, `a=1&${pair}`)
  })
}

t.test('where the target stands elsewhere, one in the query is taken away', async (t) => {
  const { value, claimed } = rewritePairs('a=1&target=1:2&%54arget=3&b&tar_get=4', [], NUMBER, true)
  t.equal(value, 'a=1&b')
  t.same(claimed, ['1:2', '3', '4'])
  t.equal(rewritePairs('target=1:2', [], NUMBER).value, 'target=1:2')
})

t.test('where no key is wanted, the keys of the caller go all the same', async (t) => {
  t.equal(rewritePairs('a=1&channel=2&b=3', [], NUMBER).value, 'a=1&b=3')
  t.equal(rewritePairs('channel=2', [], NUMBER).value, '')
  t.equal(rewritePairs('&&a=%zz&', [], NUMBER).value, '&&a=%zz&')
})

t.test('several keys are written at the end, in order', async (t) => {
  const { value } = rewritePairs('a=1&channel=2', ['channelNumber', 'channel_number'], NUMBER)
  t.equal(value, `a=1&channelNumber=${NUMBER}&channel_number=${NUMBER}`)
})

t.test('a byte order mark in front does not hide the key from a reader that takes it away', async (t) => {
  for (const mark of ['\uFEFF', '%EF%BB%BF', '%ef%bb%bf']) {
    const body = Buffer.from(`${mark}channelPhoneNumber=1&a=2`)
    let text: string
    try {
      text = rewriteForm(body, ['channelPhoneNumber'], NUMBER).value.toString()
    } catch (error) {
      t.ok(error instanceof Malformed, `${mark} is refused`)
      continue
    }
    const lenient = readPairs(text).filter(([name]) => name.replace('\uFEFF', '') === 'channelPhoneNumber')
    t.same(lenient, [['channelPhoneNumber', NUMBER]], `${mark} is taken away with its key`)
  }
})

t.test('a form that is not UTF-8 is refused', async (t) => {
  for (const hex of ['61ff', 'c328', 'eda080', 'c1a3', '63006800']) {
    const body = Buffer.from(hex, 'hex')
    const isRefused = hex !== '63006800'
    if (isRefused) t.throws(() => rewriteForm(body, ['channelPhoneNumber'], NUMBER), Malformed, hex)
    else t.doesNotThrow(() => rewriteForm(body, ['channelPhoneNumber'], NUMBER), 'NUL is UTF-8')
  }
})

t.test('UTF-8 in names and values of a form passes byte for byte', async (t) => {
  const body = Buffer.from('é=語&channel=🎈&🎈=')
  const { value, claimed } = rewriteForm(body, ['channelPhoneNumber'], NUMBER)
  t.equal(value.toString(), `é=語&🎈=&${KEY}`)
  t.same(claimed, ['🎈'])
})

t.test('a pair is read at its first equals sign', async (t) => {
  t.same(readPair('a=b=c'), { name: 'a', value: 'b=c' })
  t.same(readPair('a%3Db=c'), { name: 'a=b', value: 'c' })
  t.same(readPair('a'), { name: 'a', value: '' })
  t.same(readPair('=b'), { name: '', value: 'b' })
  t.same(readPair(''), { name: '', value: '' })
})

t.test('a hundred thousand pairs are read within two seconds', async (t) => {
  const start = performance.now()
  const { value } = rewritePairs('%63hannel=1&a=%20&'.repeat(100_000), ['channelPhoneNumber'], NUMBER)
  t.ok(performance.now() - start < 2_000)
  t.equal(value, `${'a=%20&'.repeat(100_000)}&${KEY}`)
})
