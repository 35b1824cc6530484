import { storeUnavailable } from '../errors.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { TrafficAnswer, TrafficQuery } from './traffic-schema.ts'

/** `/v1/traffic`: how many calls there were in the last hour or day, step by step, for charts. */
export function traffic(app: ControlPlane, options: ControlPlaneOptions): void {
  const schema = { querystring: TrafficQuery, response: { 200: TrafficAnswer } }
  app.get('/traffic', { schema }, async function listTraffic(request) {
    const { span = 'hour' } = request.query
    const { stepSeconds, steps } = await options.usage.traffic(span).catch((cause: unknown) => {
      throw storeUnavailable('The store is away, and the counts of calls with it.', cause)
    })
    const items = steps.map(({ at, counts }) => ({ at: new Date(at).toISOString(), ...counts }))
    return { span, stepSeconds, items }
  })
}
