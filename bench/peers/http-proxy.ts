import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { listening, upstreamUrl } from '../listening.ts'

/* The bare proxy: no token check, no rewriting, no log. Its options are the presets. */

const app = Fastify({ logger: false })
await app.register(httpProxy, {
  upstream: upstreamUrl(),
  prefix: '/channels/:alias',
  rewritePrefix: '/388428',
})
await app.ready()
listening(app.server)
