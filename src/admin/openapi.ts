import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** `GET /openapi.json`: the control plane's API as OpenAPI 3.1, out of the schemas that its routes check with. */
export const openApi = fastifyPlugin(
  async function openApi(app: FastifyInstance) {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Wati channel gateway: control plane',
          description: 'Accounts, channels and tokens of the gateway, and who changed them.',
          version,
        },
        components: {
          securitySchemes: { admin: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
        },
      },
    })
    app.get('/openapi.json', { schema: { hide: true } }, function getOpenApi() {
      return app.swagger()
    })
  },
  { name: 'openapi' },
)
