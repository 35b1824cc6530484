import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { JWT_SECRET, SALES_NUMBER, WATI_TOKEN, startGateway, startSandbox } from './processes.ts'
import { folderOf } from '../helpers/folder.ts'

/** The commands of docs/operations.md, as an operator pastes them. */

const run = promisify(execFile)
const PAGE = readFileSync('docs/operations.md', 'utf8')

function block(name: string): string {
  const [, text = ''] =
    new RegExp(`<!-- run: ${name} -->\\n\`\`\`sh\\n([\\s\\S]+?)\\n\`\`\``).exec(PAGE) ?? []
  return text
}

t.test('the tokens, the account and the channel of the page work', async (t) => {
  const wati = await startSandbox(t)
  const gateway = await startGateway(t, { DATA_DIR: folderOf(t), WATI_HOSTS: wati })
  const env = { PATH: process.env['PATH'], JWT_SECRET, ADMIN: gateway.admin, WATI: wati, WATI_TOKEN }
  const tokens = await run('sh', ['-c', block('tokens')], { env })
  const [admin = '', caller = ''] = tokens.stdout.trim().split('\n')
  t.match(admin, /^ADMIN_TOKEN=ey/)
  t.match(caller, /^CALLER_TOKEN=ey/)

  const written = await run('sh', ['-c', `${admin}\n${block('accounts')}`], { env })
  t.match(written.stdout, `"number":"${SALES_NUMBER}"`)
  t.notMatch(written.stdout, WATI_TOKEN, 'the token is not shown again')

  const answer = await fetch(`${gateway.data}/channels/sales/api/v1/getMessages/5521988887777`, {
    headers: { authorization: `Bearer ${caller.replace('CALLER_TOKEN=', '')}` },
  })
  t.equal(answer.status, 200)
})
