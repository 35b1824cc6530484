import fc from 'fast-check'
import t from 'tap'
import { parseNumber, sameNumber } from '../../src/domain/number.ts'

const NUMBER = '85264318722'

for (const written of [
  '85264318722',
  '+85264318722',
  '+852 6431-8722',
  ' +852-6431-8722 ',
  '8-5-2 64318722',
]) {
  t.test(`${JSON.stringify(written)} is the number ${NUMBER}`, async (t) => {
    t.equal(parseNumber(written), NUMBER)
    t.ok(sameNumber(written, NUMBER))
  })
}

t.test('the shortest number has 7 digits, the longest 15', async (t) => {
  t.equal(parseNumber('1234567'), '1234567')
  t.equal(parseNumber('123456789012345'), '123456789012345')
  t.equal(parseNumber('123456'), undefined)
  t.equal(parseNumber('1234567890123456'), undefined)
})

for (const written of [
  ...[
    '',
    '+',
    ' ',
    '-',
    'abc',
    '0085264318722',
    '08526431872',
    '++85264318722',
    '852+64318722',
    '85264318722+',
  ],
  ...['85264318722x', 'x85264318722', '852.643.18722', '(852)64318722', '852/64318722', '85264318722,1'],
  ...[
    '٨٥٢٦٤٣١٨٧٢٢',
    '８５２６４３１８７２２',
    '8526431872２',
    '8.5264318722e10',
    '0x13DA0E5E12',
    '85264318722\0',
  ],
  ...['tel:85264318722', '852–6431–8722', 'null', 'undefined', 'NaN'],
]) {
  t.test(`${JSON.stringify(written)} is no number`, async (t) => {
    t.equal(parseNumber(written), undefined)
    t.notOk(sameNumber(written, NUMBER))
  })
}

t.test('another number is another number', async (t) => {
  for (const other of ['85264318723', '5264318722', '852643187220', '185264318722', '']) {
    t.notOk(sameNumber(other, NUMBER), other)
  }
})

t.test('whatever is written, a number has 7 to 15 digits and no zero in front', async (t) => {
  const written = fc.string({ unit: fc.constantFrom(...Array.from('0123456789+- \t\nx')), maxLength: 25 })
  fc.assert(
    fc.property(written, (text) => {
      const number = parseNumber(text)
      return number === undefined || (/^[1-9][0-9]{6,14}$/.test(number) && parseNumber(number) === number)
    }),
  )
  t.pass('holds')
})
