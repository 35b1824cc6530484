import { NUMBER } from './gateway.ts'
import type { Load } from './wrk.ts'

/** What reached the upstream. */
export interface Reached {
  readonly head: string
  readonly body: string
}

/** Sends one request as the load does; gives what reached the upstream. Throws unless the answer is the upstream's. */
export async function reachUpstream(load: Load, upstream: string): Promise<Reached> {
  const path = `/channels/line-${load.aliases - 1}/api/v1/sendTemplateMessage?whatsappNumber=5511988887777`
  const headers = { authorization: `Bearer ${load.tokens[0] ?? ''}`, 'content-type': 'application/json' }
  const answer = await fetch(load.url + path, { method: 'POST', headers, body: load.body })
  const text = await answer.text()
  if (answer.status !== 200 || !text.includes('"result":true')) {
    throw new Error(`${load.url} answered ${answer.status}: ${text}`)
  }
  const [head = '', body = ''] = (await (await fetch(`${upstream}/last`)).text()).split('\r\n\r\n')
  return { head, body }
}

/** Says what is wrong with what reached the upstream; `undefined` when the number is in it and nothing is lost. */
export function faultOf({ head, body }: Reached, sent: string, number = NUMBER): string | undefined {
  const wanted: unknown = { ...(JSON.parse(sent) as object), channelNumber: number, channel_number: number }
  if (!sameJson(JSON.parse(body), wanted)) return `the body was not rewritten: ${body.slice(0, 300)}`
  if (!head.startsWith('POST /388428/api/v1/sendTemplateMessage?whatsappNumber=5511988887777 ')) {
    return `the path is wrong: ${head.slice(0, 200)}`
  }
  return /^authorization: Bearer wati_bench/im.test(head) ? undefined : 'the token is not that of the account'
}

function sameJson(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other)
}

/** With the members of objects in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
