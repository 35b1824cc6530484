import t from 'tap'
import { OPERATIONS, type Operation } from '../../src/domain/operation.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { rewritePath } from '../../src/rewrite/path.ts'

const NUMBER = '85264318722'
const find = (path: string): Operation => OPERATIONS.find((operation) => operation.path === path)!
const MESSAGES = find('/api/ext/v3/conversations/{target}/messages')
const CONTACT = find('/api/ext/v3/contacts/{target}')
const V1 = find('/api/v1/getMessages/{whatsappNumber}')

function rewritten(operation: Operation, parameter: string): { value: string; claimed: readonly string[] } {
  const path = operation.path.replace(/\{\w+\}/, () => parameter)
  return rewritePath(operation, NUMBER, path.slice(1).split('/'))
}

t.test('the target of a conversation always gets the channel in front', async (t) => {
  for (const [sent, recipient, claimed] of [
    ['5511988887777', '5511988887777', []],
    ['65a1f0c2e4b0a1b2c3d4e5f6', '65a1f0c2e4b0a1b2c3d4e5f6', []],
    ['111:5511988887777', '5511988887777', ['111']],
    ['111%3A5511988887777', '5511988887777', ['111']],
    ['111%3a5511988887777', '5511988887777', ['111']],
    ['%31%3151:US.1', 'US.1', ['1151']],
    ['My%20channel:US.1', 'US.1', ['My channel']],
    ['%2B5511988887777', '%2B5511988887777', []],
    ['111:%2B55%20(11)', '%2B55%20(11)', ['111']],
    ['messages', 'messages', []],
    [':5511988887777', '5511988887777', []],
  ] as const) {
    t.strictSame(
      rewritten(MESSAGES, sent),
      { value: `/api/ext/v3/conversations/${NUMBER}:${recipient}/messages`, claimed },
      sent,
    )
  }
})

t.test('the target of a contact keeps its place, and loses only a prefix', async (t) => {
  t.strictSame(rewritten(CONTACT, '5511988887777'), {
    value: '/api/ext/v3/contacts/5511988887777',
    claimed: [],
  })
  for (const sent of ['111:5511988887777', '111%3A5511988887777']) {
    t.strictSame(rewritten(CONTACT, sent), {
      value: `/api/ext/v3/contacts/${NUMBER}:5511988887777`,
      claimed: ['111'],
    })
  }
})

t.test('what is refused as a target is refused in a path', async (t) => {
  const refused = [
    '1:2:3',
    '1%3A2%3A3',
    '1:2%3A3',
    '1:',
    '%3A',
    '1:a%09b',
    '1%00',
    '%C3%28',
    '%E2%80',
    '1%00',
  ]
  for (const sent of refused) {
    t.throws(() => rewritten(MESSAGES, sent), Malformed, sent)
    t.throws(() => rewritten(CONTACT, sent), Malformed, sent)
  }
})

t.test('a path without a target is passed as it was written', async (t) => {
  for (const sent of ['5511988887777', '%2B55%2011', '111:5511', '1:2:3']) {
    t.strictSame(rewritten(V1, sent), { value: `/api/v1/getMessages/${sent}`, claimed: [] })
  }
  for (const operation of OPERATIONS.filter(({ target }) => target?.in !== 'path')) {
    t.equal(
      rewritten(operation, 'a%2Db').value,
      operation.path.replace(/\{\w+\}/, () => 'a%2Db'),
    )
  }
})
