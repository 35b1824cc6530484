import { execFile } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import t from 'tap'
import { type Program, startProgram } from './processes.ts'

/** The commands of the README, as a newcomer pastes them: a shell, curl, and what the demo printed. */

const run = promisify(execFile)
const README = readFileSync('README.md', 'utf8')
const CURL_LINES = [...README.matchAll(/<!-- demo -->\n```sh\n([\s\S]+?)\n```/g)].map(([, line = '']) => line)
const leftovers = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('wati-gateway-demo-'))

async function startDemo(t: Parameters<typeof startProgram>[0]): Promise<Program> {
  const ports = ['--port', '0', '--admin-port', '0', '--sandbox-port', '0']
  const program = startProgram(t, ['dist/cli/main.js', 'demo', ...ports])
  await program.line(/As an admin/)
  return program
}

/** Runs a line in a shell that has pasted the demo's exports. */
async function paste(program: Program, line: string): Promise<string> {
  const exports = program.lines.filter((one) => one.startsWith('export '))
  const { stdout } = await run('sh', ['-c', [...exports, line].join('\n')])
  return stdout
}

t.test('npm run demo is what the README says it is', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  t.equal(scripts['demo'], 'node dist/cli/main.js demo')
  t.match(README, 'npm ci && npm run demo')
  t.equal(CURL_LINES.length, 3, 'a send, a read and a refused one')
})

t.test('the demo shows the main job end to end', async (t) => {
  const before = leftovers()
  const startedAt = process.hrtime.bigint()
  const demo = await startDemo(t)
  const startMs = Number(process.hrtime.bigint() - startedAt) / 1e6
  t.comment(`it starts within ${Math.round(startMs)} ms`)
  t.ok(startMs < 15_000, 'it starts soon')
  const [send = '', read = '', refused = ''] = CURL_LINES

  await t.test('it prints the curl lines of the README, each followed by what to look at', async (t) => {
    for (const line of CURL_LINES) {
      const at = demo.lines.indexOf(line)
      t.ok(at >= 0, line.slice(0, 90))
      t.match(demo.lines[at + 2], /^ +Look: /)
    }
  })

  await t.test('a template sent through "sales" reaches Wati from the number of "sales"', async (t) => {
    t.match(JSON.parse(await paste(demo, send)), { result: true })
    const { items } = JSON.parse(await paste(demo, 'curl -sS "$WATI/_sandbox/messages"')) as {
      items: unknown[]
    }
    t.equal(items.length, 1)
    t.match(items[0], {
      from: '85264318722',
      fromDefault: false,
      to: '5521988887777',
      template: 'order_shipped',
    })
  })

  await t.test('the conversation of "sales" shows that message', async (t) => {
    t.match(JSON.parse(await paste(demo, read)), { result: 'success', messages: { total: 1 } })
    const { items } = JSON.parse(await paste(demo, 'curl -sS "$WATI/_sandbox/requests"')) as {
      items: { url: string }[]
    }
    t.match(items.at(-1)?.url, 'channelPhoneNumber=85264318722')
  })

  await t.test("another team's channel is refused, and nothing reaches Wati", async (t) => {
    const count = async (): Promise<number> =>
      (JSON.parse(await paste(demo, 'curl -sS "$WATI/_sandbox/requests"')) as { items: unknown[] }).items
        .length
    const sofar = await count()
    t.match(JSON.parse(await paste(demo, refused)), { status: 403, type: /channel-forbidden$/ })
    t.equal(await count(), sofar)
  })

  await t.test('an admin sees both channels', async (t) => {
    const line = 'curl -sS "$ADMIN/v1/channels" -H "Authorization: Bearer $ADMIN_TOKEN"'
    t.match(JSON.parse(await paste(demo, line)), { items: [{ alias: 'sales' }, { alias: 'support' }] })
  })

  await t.test('Ctrl-C ends it and leaves nothing behind', async (t) => {
    t.equal(await demo.stop('SIGINT'), 0)
    t.same(leftovers(), before)
  })
})
