import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import t from 'tap'
import { TENANT, WATI_TOKEN, adminToken } from '../helpers/running-gateway.ts'
import { asAdmin } from './command.ts'
import { startStandIn } from './stand-in.ts'

const AWAY = 'http://127.0.0.1:9'
const PUT = ['accounts', 'put', 'acme', '--tenant-id', TENANT, '--base-url', 'https://live-mt-server.wati.io']

t.test('a token among the arguments is refused with exit code 64 and not repeated', async (t) => {
  const lines = [
    [...PUT, '--token', WATI_TOKEN],
    [...PUT, `--token=${WATI_TOKEN}`],
    [...PUT, `--tokn=${WATI_TOKEN}`],
    [...PUT, '--token-env', WATI_TOKEN],
    [...PUT, '--token-from-env', WATI_TOKEN],
    [...PUT, '--token-file', WATI_TOKEN],
    ['accounts', 'token', 'acme', WATI_TOKEN],
    ['channels', 'list', '--token', WATI_TOKEN],
  ]
  for (const line of lines) {
    const { code, stdout, stderr } = await asAdmin(AWAY)(line)
    t.equal(code, 64, line.slice(0, -1).join(' '))
    t.notMatch(stdout + stderr, WATI_TOKEN)
    t.not(stderr, '')
  }
})

t.test('a token has one source, and a source has a token', async (t) => {
  const env = { EMPTY: ' ' }
  const lines = [
    [...PUT, '--token-stdin', '--token-from-env', 'X'],
    [...PUT, '--token-env', 'EMPTY'],
    [...PUT, '--token-env', 'MISSING'],
    [...PUT, '--token-stdin'],
    ['accounts', 'token', 'acme'],
  ]
  for (const line of lines) {
    const { code, stderr } = await asAdmin(AWAY)(line, { env })
    t.equal(code, 64, line.join(' '))
    t.match(stderr, /token/)
  }
})

t.test(
  'while a command runs, no secret is among the arguments of its process',
  { skip: process.platform !== 'linux' },
  async (t) => {
    let heard: () => void = () => undefined
    const asked = new Promise<void>((resolve) => (heard = resolve))
    const { url } = await startStandIn(t, () => heard())
    const token = adminToken()
    const child = spawn(process.execPath, ['dist/cli/main.js', ...PUT, '--token-stdin'], {
      env: { PATH: process.env['PATH'], WATI_GATEWAY_URL: url, WATI_GATEWAY_TOKEN: token },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    child.stdin.end(WATI_TOKEN)
    await asked
    const args = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
    t.match(args, 'accounts')
    t.notMatch(args, WATI_TOKEN)
    t.notMatch(args, token)
    child.kill('SIGKILL')
    await once(child, 'exit')
  },
)
