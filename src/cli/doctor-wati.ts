import type { Command } from 'commander'
import { type Dispatcher, request } from 'undici'
import { type Finding, judgeClock } from '../finding.ts'
import type { Settings } from '../settings-schema.ts'
import { makeWatiAgent } from '../wati/wati-agent.ts'
import { all } from './api.ts'
import { CommandFailure } from './failure.ts'
import { hasToken, serverOf } from './server.ts'

/** Can every host of Wati be reached from here, with a certificate that holds, and does its clock agree? */
export async function checkWati(settings: Settings, command: Command): Promise<Finding[]> {
  const named = settings.WATI_HOSTS.split(',').flatMap((entry) => originOf(entry.trim().toLowerCase()))
  if (named.length > 0) return await checkOrigins(settings, named)
  if (!hasToken()) {
    const what = `Wati was not asked: WATI_HOSTS (${settings.WATI_HOSTS}) names no single host`
    return [
      { level: 'warn', what, advice: 'set WATI_GATEWAY_TOKEN, so that the hosts of the accounts are asked' },
    ]
  }
  return await checkAccounts(settings, command)
}

async function checkAccounts(settings: Settings, command: Command): Promise<Finding[]> {
  try {
    const accounts = await all<{ baseUrl: string }>(serverOf(command), '/v1/accounts')
    if (accounts.length === 0)
      return [{ level: 'ok', what: 'there is no account yet, so no host of Wati to ask' }]
    return await checkOrigins(
      settings,
      accounts.map(({ baseUrl }) => baseUrl),
    )
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    const what = `Wati was not asked: the accounts cannot be read. ${error.message}`
    return [{ level: 'warn', what, advice: 'start the gateway, or set --url and WATI_GATEWAY_TOKEN' }]
  }
}

/** An entry of `WATI_HOSTS` that names one host, as an origin. */
function originOf(entry: string): string[] {
  if (entry.includes('*')) return []
  return [new URL(entry.includes('://') ? entry : `https://${entry}`).origin]
}

async function checkOrigins(settings: Settings, origins: readonly string[]): Promise<Finding[]> {
  const agent = makeWatiAgent(settings)
  const distinct = [...new Set(origins)]
  try {
    return (await Promise.all(distinct.map((origin) => checkOrigin(agent, origin)))).flat()
  } finally {
    await agent.destroy()
  }
}

/** Any answer counts, a 404 too: without a path and a token there is nothing else to expect. */
async function checkOrigin(dispatcher: Dispatcher, origin: string): Promise<Finding[]> {
  const before = Date.now()
  try {
    const { statusCode, headers, body } = await request(origin, { dispatcher })
    const after = Date.now()
    body.on('error', () => undefined).destroy()
    const reached: Finding = { level: 'ok', what: `${origin} answers (${statusCode})` }
    const date = Date.parse(String(headers['date']))
    return Number.isNaN(date) ? [reached] : [reached, judgeClock(origin, differenceOf(date, before, after))]
  } catch (error) {
    return [judgeFailure(origin, error as NodeJS.ErrnoException)]
  }
}

/** A Date header is cut to the second: what that and the way there and back account for is left out. */
function differenceOf(date: number, before: number, after: number): number {
  if (date + 1_000 < before) return date + 1_000 - before
  return Math.max(0, date - after)
}

function judgeFailure(origin: string, { code = '', message }: NodeJS.ErrnoException): Finding {
  const what = `${origin} cannot be reached (${code || message})`
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER|SELF_SIGNED|ALTNAME/i.test(code)) {
    const advice =
      'its certificate does not hold: another host answers, or a proxy in between needs NODE_EXTRA_CA_CERTS'
    return { level: 'fail', what, advice }
  }
  if (/ENOTFOUND|EAI_AGAIN/.test(code))
    return { level: 'fail', what, advice: 'see to DNS, or correct WATI_HOSTS' }
  return { level: 'fail', what, advice: 'let the gateway out to this host and port' }
}
