import { isDeepStrictEqual } from 'node:util'
import type { Load } from './load.ts'
import { headersOf, pathOf } from './requests.ts'
import { WATI_TOKEN } from './gateway.ts'

/** What reached the upstream. */
export interface Reached {
  readonly head: string
  readonly body: string
}

/** Sends one request as the load does; gives what reached the upstream. Throws unless the answer is the upstream's. */
export async function reachUpstream(load: Load, upstream: string): Promise<Reached> {
  const url = load.url + pathOf(load.firstAlias + load.aliases - 1)
  const headers = headersOf(load.tokens[0] ?? '')
  const answer = await fetch(url, { method: 'POST', headers, body: load.body })
  const text = await answer.text()
  if (answer.status !== 200 || !text.includes('"result":true')) {
    throw new Error(`${url} answered ${answer.status}: ${text}`)
  }
  const [head = '', body = ''] = (await (await fetch(`${upstream}/last`)).text()).split('\r\n\r\n')
  return { head, body }
}

/** What is wrong with a request that reached the upstream; `undefined` when it is the same send, from this number. */
export function faultOf({ head, body }: Reached, sent: string, number: string): string | undefined {
  const wanted: unknown = { ...(JSON.parse(sent) as object), channelNumber: number, channel_number: number }
  if (!isDeepStrictEqual(JSON.parse(body), wanted)) return `the body was not rewritten: ${body.slice(0, 300)}`
  const path = pathOf(0).replace('/channels/line-0', '/388428')
  if (!head.startsWith(`POST ${path} `)) return `the path is wrong: ${head.slice(0, 200)}`
  const [, token] = /^authorization: Bearer (.+)$/im.exec(head) ?? []
  return token === WATI_TOKEN ? undefined : 'the token is not that of the account'
}
