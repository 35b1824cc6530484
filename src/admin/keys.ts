import { Type } from '@sinclair/typebox'
import type { EventEntry } from '../directory/entry.ts'
import type { RotationProgress } from '../directory/rotation.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'

const KeysAnswer = Type.Object({
  first: Type.String(),
  ring: Type.Array(Type.String()),
  running: Type.Boolean(),
  startedAt: Type.Optional(Type.String()),
  finishedAt: Type.Optional(Type.String()),
  error: Type.Optional(Type.String()),
  done: Type.Optional(Type.Integer()),
  sealedWith: Type.Optional(
    Type.Array(Type.Object({ key: Type.String(), records: Type.Integer(), changes: Type.Integer() })),
  ),
  complete: Type.Optional(Type.Boolean()),
})

/** `/v1/keys`: the keys that seal what is stored; never the keys themselves, only their ids. */
export function keys(app: ControlPlane, { rotation, writer }: ControlPlaneOptions): void {
  app.get('/keys', { schema: { response: { 200: KeysAnswer } } }, async function getKeys() {
    return answerOf(await rotation.progress())
  })

  app.post(
    '/keys/rotate',
    { schema: { response: { 202: KeysAnswer } } },
    async function rotateKeys(request, reply) {
      await rotation.checkReplicas()
      const origin = originOf(request)
      await writer.write((): EventEntry => {
        const changes = [{ field: 'sealedWith', to: rotation.firstKey }]
        return { ...origin, kind: 'keys', id: 'rotation', action: 'keys.rotate', record: null, changes }
      })
      rotation.start()
      return await reply.code(202).send(answerOf(await rotation.progress()))
    },
  )
}

function answerOf({ ring, sealedWith, ...rest }: RotationProgress) {
  return { ...rest, ring: [...ring], ...(sealedWith && { sealedWith: [...sealedWith] }) }
}
