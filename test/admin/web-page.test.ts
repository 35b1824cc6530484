import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { sendTo } from '../helpers/http-client.ts'
import { startBare } from '../helpers/running-gateway.ts'

const BUILT = 'dist/web'
const MOST_BYTES = 80 * 1_024

/** How much the files of a form weigh, the page itself with them. */
async function bytesOf(form: string, isWanted: (name: string) => boolean = () => true): Promise<number> {
  const names = (await readdir(join(BUILT, 'assets'))).filter((name) => name.endsWith(form) && isWanted(name))
  const files = await Promise.all(names.map((name) => readFile(join(BUILT, 'assets', name))))
  return files.reduce((sum, { length }) => sum + length, (await readFile(join(BUILT, 'index.html'))).length)
}

t.test('the admin page', async (t) => {
  const { gateway } = await startBare(t)
  const get = (path: string, headers = {}) => sendTo(gateway.adminUrl, { method: 'GET', path, headers })
  const index = await readFile(join(BUILT, 'index.html'), 'utf8')
  const [script = ''] = /\/assets\/[^"]+\.js/.exec(index) ?? []

  await t.test('is never cached, asks for no token, and lets nothing in from elsewhere', async (t) => {
    const { status, headers, text } = await get('/')
    t.equal(status, 200)
    t.equal(text, index)
    t.match(headers, { 'content-type': /^text\/html/, 'cache-control': 'no-store' })
    const policy = String(headers['content-security-policy'])
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
      t.ok(policy.includes(part), part)
    t.notMatch(policy, /unsafe|data:|\*|https?:/)
    t.match(headers, { 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' })
    t.equal(headers['referrer-policy'], 'no-referrer')
  })

  await t.test('has files with hashes in their names, kept for a year, in their smaller form', async (t) => {
    const { status, headers } = await get(script, { 'accept-encoding': 'gzip, br' })
    t.equal(status, 200)
    t.match(script, /-[\w-]{8}\.js$/)
    t.match(headers, { 'content-encoding': 'br', 'cache-control': 'public, max-age=31536000, immutable' })
    const plain = await get(script)
    t.equal(plain.headers['content-encoding'], undefined)
  })

  await t.test('holds nothing inline', async (t) => {
    t.notMatch(index, /<style|style=|\son\w+=|<script(?![^>]*src=)/)
  })

  await t.test('weighs less than 80 KB compressed, all of it', async (t) => {
    const bytes = await bytesOf('.br')
    t.comment(`${bytes} bytes by Brotli`)
    t.ok(bytes < MOST_BYTES, `${bytes} bytes`)
  })

  await t.test(
    'weighs less than that for a browser that knows gzip alone, in its own language',
    async (t) => {
      for (const other of ['pt', 'en']) {
        const bytes = await bytesOf('.gz', (name) => !name.startsWith(`${other}-`))
        t.comment(`${bytes} bytes by gzip`)
        t.ok(bytes < MOST_BYTES, `${bytes} bytes`)
      }
    },
  )

  await t.test('gives no file that is not its own', async (t) => {
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/%2e%2e/main.js',
      '/assets/',
      '/assets/%00',
      '/index.html',
    ])
      t.equal((await get(path)).status, 404, path)
  })
})
