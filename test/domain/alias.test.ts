import t from 'tap'
import { isAlias } from '../../src/domain/alias.ts'

const ALIASES = ['a', 'sales', 'sales-2', 'a--b', 'x9', 'a'.repeat(63), `${'a'.repeat(62)}9`]
const OTHERS = [
  ...['', '-', 'a-', '-a', '9', '9a', '388428', 'Sales', 'sALES', 'sales_br', 'sales.br', 'sales/br'],
  ...[
    'sales ',
    ' sales',
    'sales\n',
    '\nsales',
    'sales\0',
    'séles',
    'ｓales',
    'a*',
    '*',
    'a%2d',
    '..',
    '__proto__',
  ],
  ...['a'.repeat(64), `${'a'.repeat(62)}-`],
]

for (const text of ALIASES) t.test(`${text} is an alias`, async (t) => t.ok(isAlias(text)))
for (const text of OTHERS) t.test(`${JSON.stringify(text)} is no alias`, async (t) => t.notOk(isAlias(text)))

t.test('names that every object has are plain aliases', async (t) => {
  for (const text of ['constructor', 'valueof']) t.ok(isAlias(text))
})
