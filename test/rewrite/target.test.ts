import t from 'tap'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { rewriteTarget } from '../../src/rewrite/target.ts'

const NUMBER = '85264318722'
const ID = '65a1f0c2e4b0a1b2c3d4e5f6'

const RECIPIENTS = [
  ['a phone', '5511988887777'],
  ['a phone with a plus', '+5511988887777'],
  ['a ContactId or ConversationId', ID],
  ['a phone as people write it', '+55 (11) 98888-7777'],
  ['a BSUID', 'US.13491208655302741918'],
  ['as long as any', 'a'.repeat(256)],
] as const

for (const [what, recipient] of RECIPIENTS) {
  t.test(`a recipient that is ${what} gets the channel in front, whatever stood there`, async (t) => {
    for (const [sent, claimed] of [
      [recipient, []],
      [`:${recipient}`, []],
      [`${NUMBER}:${recipient}`, [NUMBER]],
      [`5511999990001:${recipient}`, ['5511999990001']],
      [`My channel:${recipient}`, ['My channel']],
      [`+852 6431-8722:${recipient}`, ['+852 6431-8722']],
      [`null:${recipient}`, ['null']],
    ] as const) {
      t.strictSame(
        rewriteTarget(sent, NUMBER, 'set'),
        { target: `${NUMBER}:${recipient}`, claimed },
        JSON.stringify(sent),
      )
    }
  })
}

t.test('where a prefix is only replaced, a bare recipient stays, and every prefix goes', async (t) => {
  t.strictSame(rewriteTarget(ID, NUMBER, 'replace'), { target: ID, claimed: [] })
  for (const prefix of ['', '1', NUMBER, 'a b', '\u0000', '語']) {
    t.equal(rewriteTarget(`${prefix}:${ID}`, NUMBER, 'replace').target, `${NUMBER}:${ID}`)
  }
})

t.test('an empty target is refused where a channel is needed, and stays where it is not', async (t) => {
  t.throws(() => rewriteTarget('', NUMBER, 'set'), Malformed)
  t.strictSame(rewriteTarget('', NUMBER, 'replace'), { target: '', claimed: [] })
})

const REFUSED = [
  ['the recipient is empty', '1:'],
  ['it is a colon', ':'],
  ['it has two colons', '1:2:3'],
  ['it has two colons in a row', '1::2'],
  ['it ends with a colon', '1:2:'],
  ['it begins with two colons', '::2'],
  ['a tab stands in the recipient', '1:2\t3'],
  ['a no-break space stands in the recipient', '1:2\u00a03'],
  ['a line break follows', '2\n'],
  ['a zero byte follows', '2\0'],
  ['a slash stands in the recipient', '2/3'],
  ['a percent sign stands in the recipient', '1%3A2'],
  ['a colon of another script stands in it', '1\uFF1A2'],
  ['a list stands there', '1:2,3'],
  ['digits of another script stand there', '\u0661'],
  ['a byte order mark stands in front', '\uFEFF2'],
  ['a lone surrogate stands there', '\ud800'],
  ['the recipient is longer than any', '1'.repeat(257)],
] as const

for (const [when, target] of REFUSED) {
  t.test(`a target is refused when ${when}`, async (t) => {
    for (const rule of ['set', 'replace'] as const) {
      t.throws(() => rewriteTarget(target, NUMBER, rule), Malformed, rule)
    }
  })
}
