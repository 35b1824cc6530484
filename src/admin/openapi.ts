import { readFileSync } from 'node:fs'
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { describeRoute } from './openapi-route.ts'
import { TAGS } from './openapi-routes.ts'
import { ProblemSchema } from './problem-schema.ts'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const DESCRIPTION = `Accounts, channels and tokens of the gateway, and who changed them.

Every request carries \`Authorization: Bearer <JWT>\`: reading needs the scope \`admin:read\`, writing \`admin:write\`.
Unknown fields and wrong JSON types are refused, and nothing is coerced. Refusals are problem documents (RFC 9457).`

/** `GET /openapi.json`: the control plane's API as OpenAPI 3.1, out of the schemas that its routes check with. */
export const openApi = fastifyPlugin(
  async function openApi(app: FastifyInstance) {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Wati channel gateway: control plane', description: DESCRIPTION, version },
        servers: [{ url: '/', description: 'the control plane that gave this description' }],
        tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
        components: {
          securitySchemes: { admin: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
          // As a plain object: its type has members that may be undefined, which is another way to say they may be missing.
          schemas: { Problem: ProblemSchema as object },
        },
      },
      transform: (({ schema, url, route }) => ({
        schema: describeRoute(route, schema),
        url,
      })) satisfies SwaggerTransform,
    })
    app.get('/openapi.json', function getOpenApi() {
      return app.swagger()
    })
  },
  { name: 'openapi' },
)
