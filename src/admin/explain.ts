import type { Static } from '@sinclair/typebox'
import { ExplainAnswer, ExplainBody } from './explain-schema.ts'
import type { ControlPlane } from './parts.ts'

export interface ExplainOptions {
  /** Walks the road of the data plane with a request, and sends nothing. */
  readonly explain: (
    question: Static<typeof ExplainBody> & { readonly requestId: string },
  ) => Promise<Static<typeof ExplainAnswer>>
}

/** `POST /v1/explain`: what would Wati get? It changes nothing, so it needs only `admin:read`. */
export function explain(app: ControlPlane, options: ExplainOptions): void {
  const schema = { body: ExplainBody, response: { 200: ExplainAnswer } }
  const config = { scope: 'admin:read' } as const

  app.post('/explain', { schema, config }, async function explainRequest(request) {
    return await options.explain({ ...request.body, requestId: request.id })
  })
}
