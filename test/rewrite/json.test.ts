import t from 'tap'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'

const NUMBER = '85264318722'
const KEY = `"channelNumber":"${NUMBER}"`

interface Case {
  readonly when: string
  readonly body: string
  readonly becomes: string
  readonly claimed?: readonly string[]
}

/** `K` stands for the wanted key with the channel's number. */
const PLACES: Case[] = [
  { when: 'the object is empty', body: '{}', becomes: '{K}' },
  { when: 'only white space is inside', body: '{ \n}', becomes: '{K \n}' },
  { when: 'nothing names a number', body: '{"a":1}', becomes: '{K,"a":1}' },
  { when: 'the key is the only member', body: '{"channelNumber":"1"}', becomes: '{K}', claimed: ['1'] },
  { when: 'the key comes first', body: '{"channelNumber":"1","a":2}', becomes: '{K,"a":2}', claimed: ['1'] },
  { when: 'the key comes last', body: '{"a":2,"channelNumber":"1"}', becomes: '{K,"a":2}', claimed: ['1'] },
  {
    when: 'the key stands in the middle',
    body: '{"a":2, "channelNumber" : "1" ,"b":3}',
    becomes: '{K,"a":2,"b":3}',
    claimed: ['1'],
  },
  {
    when: 'the key is repeated',
    body: '{"channelNumber":"1","a":2,"channelNumber":"2","channelNumber":"3"}',
    becomes: '{K,"a":2}',
    claimed: ['1', '2', '3'],
  },
  {
    when: 'white space stands everywhere',
    body: ' \r\n{\t"a" : 1 ,\n "channel" : "1" ,\n "b" : [ 1 , 2 ]\n}\n ',
    becomes: ' \r\n{K,\t"a" : 1 ,\n "b" : [ 1 , 2 ]\n}\n ',
    claimed: ['1'],
  },
]

const UNTOUCHED: Case[] = [
  {
    when: 'a nested object has the same names',
    body: '{"a":{"channelNumber":"1"},"b":[{"channel":"2"}]}',
    becomes: '{K,"a":{"channelNumber":"1"},"b":[{"channel":"2"}]}',
  },
  {
    when: 'a string holds what looks like the key',
    body: '{"a":"\\",\\"channelNumber\\":\\"1\\"","b":"{\\\\"}',
    becomes: '{K,"a":"\\",\\"channelNumber\\":\\"1\\"","b":"{\\\\"}',
  },
  { when: 'another key is repeated', body: '{"a":1,"a":2}', becomes: '{K,"a":1,"a":2}' },
  {
    when: 'numbers are large, exact or beyond a double',
    body: '{"a":12345678901234567890,"b":1.0,"c":1e400,"d":-0,"e":1E+2}',
    becomes: '{K,"a":12345678901234567890,"b":1.0,"c":1e400,"d":-0,"e":1E+2}',
  },
  { when: 'keys look like integers', body: '{"b":1,"2":2,"1":3}', becomes: '{K,"b":1,"2":2,"1":3}' },
  {
    when: 'a key is __proto__',
    body: '{"__proto__":{"channel":1}}',
    becomes: '{K,"__proto__":{"channel":1}}',
  },
  {
    when: 'escapes and lone surrogates stand in strings',
    body: '{"\\u0061":"\\u00e9\\/é\\ud800\\n"}',
    becomes: '{K,"\\u0061":"\\u00e9\\/é\\ud800\\n"}',
  },
  {
    when: 'a name is only like the key',
    body: '{"channels":1,"channelNumber2":2,"myChannel":3,"chan":4,"":5}',
    becomes: '{K,"channels":1,"channelNumber2":2,"myChannel":3,"chan":4,"":5}',
  },
]

const CLAIMS: Case[] = [
  { when: 'the claim is null', body: '{"channel":null}', becomes: '{K}' },
  { when: 'the claim is empty', body: '{"channel":""}', becomes: '{K}' },
  { when: 'the claim is an integer', body: '{"channel": 123 }', becomes: '{K}', claimed: ['123'] },
  { when: 'the claim is another number', body: '{"channel":1.50e1}', becomes: '{K}', claimed: ['1.50e1'] },
  { when: 'the claim is false', body: '{"channel":false}', becomes: '{K}', claimed: ['false'] },
  {
    when: 'the claim is an array with commas and braces',
    body: '{"channel":[1,"}",{"a":2}],"b":1}',
    becomes: '{K,"b":1}',
    claimed: ['[1,"}",{"a":2}]'],
  },
  { when: 'the claim is an object', body: '{"channel":{"a":1}}', becomes: '{K}', claimed: ['{"a":1}'] },
  { when: 'the claim has escapes', body: '{"channel":"\\u0031\\u0032"}', becomes: '{K}', claimed: ['12'] },
  { when: 'the claim has white space', body: '{"channel":" +1 "}', becomes: '{K}', claimed: [' +1 '] },
]

for (const { when, body, becomes, claimed = [] } of [...PLACES, ...UNTOUCHED, ...CLAIMS]) {
  t.test(`when ${when}, the number is put in and the rest stays`, async (t) => {
    const result = rewriteJson(Buffer.from(body), { keys: ['channelNumber'], number: NUMBER })
    t.equal(result.value.toString(), becomes.replace('K', KEY))
    t.same(result.claimed, claimed)
  })
}

const SPELLINGS = [
  ...['channelNumber', 'channel_number', 'channelPhoneNumber', 'channel_phone_number', 'channel'],
  ...['CHANNELNUMBER', 'ChannelNumber', 'cHANNEL', 'Channel', 'channelnumber', 'Channel-Phone-Number'],
  ...['_channel', 'channel_', '--channel--', 'c_h_a_n_n_e_l', 'channel__-number'],
  ...['channel\\u004eumber', 'channel\\u004Eumber', '\\u0063\\u0068annel', 'channel\\u005fnumber'],
  '\\u0043\\u0048\\u0041\\u004e\\u004e\\u0045\\u004c\\u005F\\u002d',
]

for (const spelling of SPELLINGS) {
  t.test(`the spelling "${spelling}" is taken away, alone, repeated and between others`, async (t) => {
    for (const [body, becomes] of [
      [`{"${spelling}":"1"}`, '{K}'],
      [`{"${spelling}":"1","${spelling}":2}`, '{K}'],
      [`{"a":1,"${spelling}":null,"b":2}`, '{K,"a":1,"b":2}'],
    ] as const) {
      const result = rewriteJson(Buffer.from(body), { keys: ['channelNumber'], number: NUMBER })
      t.equal(result.value.toString(), becomes.replace('K', KEY))
    }
  })
}

t.test('every wanted key is written, in front and in order', async (t) => {
  const body = Buffer.from('{"a":1,"CHANNEL":"1"}')
  const { value } = rewriteJson(body, { keys: ['channelNumber', 'channel_number'], number: NUMBER })
  t.equal(value.toString(), `{"channelNumber":"${NUMBER}","channel_number":"${NUMBER}","a":1}`)
})

t.test('where no key is wanted, the keys of the caller go all the same', async (t) => {
  for (const [body, becomes] of [
    ['{"a":1, "channel":2}', '{"a":1}'],
    ['{"channel":2, "a":1}', '{ "a":1}'],
    ['{ "channel":2 }', '{}'],
    [' { } ', ' { } '],
    ['{"a" : 1}', '{"a" : 1}'],
  ] as const) {
    t.equal(rewriteJson(Buffer.from(body), { keys: [], number: NUMBER }).value.toString(), becomes)
  }
})

t.test('a body that needs no change comes out byte for byte', async (t) => {
  for (const text of ['{"a":1}', ' { "a" : [ 1.0 , { } ] } ', '{}', '{ }\n']) {
    t.equal(rewriteJson(Buffer.from(text), { keys: [], number: NUMBER }).value.toString(), text)
  }
})

t.test('what came in is not written over', async (t) => {
  const body = Buffer.from('{"channel":"1","a":2}')
  rewriteJson(body, { keys: ['channelNumber'], number: NUMBER })
  t.equal(body.toString(), '{"channel":"1","a":2}')
})

const REFUSED: readonly (readonly [when: string, body: string | Buffer])[] = [
  ['it is empty', ''],
  ['it is white space', ' \n'],
  ['it is an array', '[{"a":1}]'],
  ['it is a string', '"channelNumber"'],
  ['it is null', 'null'],
  ['it is a number', '1'],
  ['a byte order mark stands in front', '\uFEFF{"a":1}'],
  ['it is UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ['it is UTF-16 with a byte order mark', Buffer.from('\uFEFF{"a":1}', 'utf16le')],
  ['it is Latin-1', Buffer.from('{"a":"é"}', 'latin1')],
  ['it holds an overlong code', Buffer.from('7b22c1a3223a317d', 'hex')],
  ['it holds a surrogate in UTF-8', Buffer.from('7b22eda080223a317d', 'hex')],
  ['it holds a line comment', '{"a":1}//'],
  ['it holds a comment in front of a key', '{/* */"channelNumber":"1"}'],
  ['a comma trails', '{"a":1,}'],
  ['a comma leads', '{,"a":1}'],
  ['names have single quotes', "{'channelNumber':'1'}"],
  ['a name has no quotes', '{channelNumber:"1"}'],
  ['a second object follows', '{"a":1}{"channelNumber":"1"}'],
  ['a NUL follows', '{"a":1}\0'],
  ['a no-break space stands between tokens', '{"a":\u00a01}'],
  ['a raw line break stands in a string', '{"a":"\n"}'],
  ['NaN is a value', '{"a":NaN}'],
  ['the object does not end', '{"a":1'],
  ['a string does not end', '{"a":"'],
  ['an escape does not end', '{"a\\'],
  ['a JSON text sequence has its mark in front', '\x1e{"a":1}'],
]

for (const [when, body] of REFUSED) {
  t.test(`a body is refused when ${when}`, async (t) => {
    t.throws(
      () => rewriteJson(Buffer.from(body as string), { keys: ['channelNumber'], number: NUMBER }),
      Malformed,
    )
  })
}

t.test('64 levels pass and 65 are refused, in objects, arrays and both', async (t) => {
  const nest = (open: string, close: string, levels: number) =>
    Buffer.from(`{"a":${open.repeat(levels - 1)}1${close.repeat(levels - 1)}}`)
  for (const [open, close] of [
    ['[', ']'],
    ['{"b":', '}'],
  ] as const) {
    t.doesNotThrow(() => rewriteJson(nest(open, close, 64), { keys: ['channelNumber'], number: NUMBER }))
    t.throws(
      () => rewriteJson(nest(open, close, 65), { keys: ['channelNumber'], number: NUMBER }),
      /deeper than 64 levels/,
    )
  }
  t.throws(() => rewriteJson(nest('[', ']', 100_000), { keys: ['channelNumber'], number: NUMBER }), Malformed)
  t.throws(
    () => rewriteJson(Buffer.from('{"a":['.repeat(100_000)), { keys: ['channelNumber'], number: NUMBER }),
    Malformed,
  )
})

t.test('brackets in strings do not count as levels', async (t) => {
  const body = Buffer.from(`{"a":"${'[{'.repeat(1_000)}"}`)
  t.doesNotThrow(() => rewriteJson(body, { keys: ['channelNumber'], number: NUMBER }))
})

t.test('siblings do not count as levels', async (t) => {
  const body = Buffer.from(`{"a":[${'{"b":[]},'.repeat(1_000)}{}]}`)
  t.doesNotThrow(() => rewriteJson(body, { keys: ['channelNumber'], number: NUMBER }))
})

t.test('a hundred thousand keys of the caller are taken away within two seconds', async (t) => {
  const body = Buffer.from(`{${'"channelNumber":"1","a":2,'.repeat(100_000)}"z":0}`)
  const start = performance.now()
  const { value, claimed } = rewriteJson(body, { keys: ['channelNumber'], number: NUMBER })
  t.ok(performance.now() - start < 2_000)
  t.equal(claimed.length, 100_000)
  t.equal(value.toString(), `{${KEY},${'"a":2,'.repeat(100_000)}"z":0}`)
})
