import type { Load } from './load.ts'

const OPERATION = '/api/v1/sendTemplateMessage?whatsappNumber=5511988887777'

/** The path of a send under this alias. */
export function pathOf(alias: number): string {
  return `/channels/line-${alias}${OPERATION}`
}

/** Without its length. */
export function headersOf(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
}

/** Whole requests in HTTP/1.1, one of each caller. */
export function printedRequests({ url, tokens, body, firstAlias }: Load): string[] {
  return tokens.map((token) => {
    const headers = {
      host: new URL(url).host,
      ...headersOf(token),
      'content-length': Buffer.byteLength(body),
    }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    return `POST ${pathOf(firstAlias)} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
  })
}
