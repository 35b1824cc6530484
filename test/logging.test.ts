import { format } from 'node:util'
import t from 'tap'
import { Secret } from '../src/domain/secret.ts'
import { makeLogger } from '../src/logging.ts'

/** A logger and the lines it wrote. */
function makeLog(level = 'info') {
  const written: string[] = []
  const log = makeLogger(level, { write: (text) => void written.push(text) })
  return { log, written, lines: () => written.map((text) => JSON.parse(text) as Record<string, unknown>) }
}

t.test('a line is one JSON object with level, time and message', async (t) => {
  const { log, lines, written } = makeLog()
  log.info({ alias: 'sales' }, 'sent')
  t.equal(written.length, 1)
  t.same(Object.keys(lines()[0] ?? {}), ['level', 'time', 'alias', 'msg'])
  t.match(lines(), [{ level: 'info', alias: 'sales', msg: 'sent', time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ }])
})

t.test('the level decides what is written', async (t) => {
  const { log, lines } = makeLog('warn')
  log.info('no')
  log.warn('yes')
  t.match(lines(), [{ msg: 'yes' }])
  const silent = makeLog('silent')
  silent.log.fatal('no')
  t.same(silent.lines(), [])
})

t.test('line breaks and control characters of a caller stay inside one line', async (t) => {
  const { log, written } = makeLog()
  for (const text of [
    'a\nb',
    '{"level":"fatal"}\n',
    '\u0000\u001b[31m',
    '\u2028',
    '\ud800',
    '"',
    '</script>',
  ]) {
    log.info({ text }, text)
  }
  t.equal(written.length, 7)
  for (const line of written) t.match(line, /^[^\n\r\u0000-\u0009]*\n$/)
})

t.test('requests and answers are never written, whoever hands them over', async (t) => {
  const { log, written } = makeLog()
  log.info(
    { req: { url: '/?messageText=hello', headers: { authorization: 'Bearer x' } }, res: { a: 'hello' } },
    'x',
  )
  t.notMatch(written.join(''), /hello|Bearer/)
})

t.test('a secret is never written', async (t) => {
  const { log, written } = makeLog()
  log.info(
    { token: new Secret('wati_abc'), deep: { er: [new Secret('wati_abc')] } },
    String(new Secret('wati_abc')),
  )
  log.error({ err: new Error(format('failed with %s', new Secret('wati_abc'))) }, 'x')
  t.notMatch(written.join(''), /wati_abc/)
})

t.test('of an error only name, message, code, stack and causes are written', async (t) => {
  const { log, lines, written } = makeLog()
  const cause = Object.assign(new TypeError('inner'), { code: 'EIN', command: { args: ['hush-hush'] } })
  const error = Object.assign(new Error('outer', { cause }), { headers: { authorization: 'hush-hush' } })
  log.error({ err: error }, 'failed')
  t.match(lines(), [
    {
      level: 'error',
      err: {
        type: 'Error',
        message: 'outer',
        stack: /outer/,
        cause: { type: 'TypeError', message: 'inner', code: 'EIN' },
      },
    },
  ])
  t.notMatch(written.join(''), /hush-hush/)
})

t.test('an error that is logged by itself is described the same way', async (t) => {
  const { log, written } = makeLog()
  log.error(Object.assign(new Error('outer'), { command: 'hush-hush' }))
  t.match(written.join(''), /"message":"outer"/)
  t.notMatch(written.join(''), /hush-hush/)
})

t.test('whatever was thrown, the log survives it', async (t) => {
  const { log, lines } = makeLog()
  const own = new Error('its own cause')
  own.cause = own
  const [first, second] = [new Error('first'), new Error('second')]
  first.cause = second
  second.cause = first
  const thrown = [
    own,
    first,
    'text',
    7,
    null,
    undefined,
    Symbol('s'),
    { a: 1 },
    new Error('x', { cause: null }),
  ]
  for (const err of thrown) t.doesNotThrow(() => log.error({ err }, 'failed'))
  t.equal(lines().length, thrown.length)
})
