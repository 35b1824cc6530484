import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { TroubleList } from './troubles-schema.ts'

/** `/v1/troubles`: what is wrong now, in words; it answers also while the store is away. */
export function troubles(
  app: ControlPlane,
  { findTroubles }: Pick<ControlPlaneOptions, 'findTroubles'>,
): void {
  app.get('/troubles', { schema: { response: { 200: TroubleList } } }, async function listTroubles() {
    return { items: [...(await findTroubles())] }
  })
}
