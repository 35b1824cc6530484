import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { Type } from '@sinclair/typebox'
import { Refusal } from '../errors.ts'

const NO_QUERY = Type.Object({}, { additionalProperties: false })

/** Refuses what a request carries and its route does not read: whoever sent it believes that it counts. */
export function refuseWhatNobodyReads(app: FastifyInstance): void {
  app.addHook('onRoute', function closeQuery(route: RouteOptions) {
    route.schema = { querystring: NO_QUERY, ...route.schema }
  })
  app.addHook('preValidation', refuseUnreadBody)
}

/** Hook: clients that always send JSON send `{}` where there is nothing to say. */
async function refuseUnreadBody({ body, routeOptions, is404 }: FastifyRequest): Promise<void> {
  if (body === undefined || is404 || routeOptions.schema?.body !== undefined) return
  const isEmpty = body !== null && typeof body === 'object' && Object.keys(body).length === 0
  if (!isEmpty) throw new Refusal('invalid-request', 'This request takes no body: send none.')
}
