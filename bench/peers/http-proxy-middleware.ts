import { Agent, createServer } from 'node:http'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { listening, upstreamUrl } from '../listening.ts'

/* The proxy of most Express programs, without Express. Without an agent of its own it would connect anew each time. */

const proxy = createProxyMiddleware({
  target: upstreamUrl(),
  agent: new Agent({ keepAlive: true }),
  pathRewrite: { '^/channels/[^/]+': '/388428' },
})
listening(
  createServer((request, response) => {
    void proxy(request, response, () => void response.writeHead(502).end())
  }),
)
