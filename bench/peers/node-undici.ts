import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { Agent, type Dispatcher } from 'undici'
import { listening, upstreamUrl } from '../listening.ts'

/* The least a proxy in Node can do: `node:http` in, `undici.dispatch` out, both bodies streamed, nothing else. */

const origin = upstreamUrl()
const agent = new Agent({ pipelining: 1 })
/** Of one connection; each side has its own. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host'])

listening(
  createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/channels\/[^/]+/, '/388428')
    const method = request.method ?? 'GET'
    const headers = withoutConnection(request.headers)
    agent.dispatch({ origin, path, method, headers, body: request }, streamInto(response))
  }),
)

function streamInto(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: () => undefined,
    onResponseStart(controller, status, headers) {
      response.writeHead(status, withoutConnection(headers))
      response.on('drain', () => controller.resume())
    },
    onResponseData(controller, chunk) {
      if (!response.write(chunk)) controller.pause()
    },
    onResponseEnd: () => void response.end(),
    onResponseError() {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end()
    },
  }
}

function withoutConnection(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && !OF_THE_CONNECTION.has(name)) kept[name] = value
  }
  return kept
}
