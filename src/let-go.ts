import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How often we look for connections that can be closed. */
const SWEEP_MS = 50

/** A connection that has brought nothing yet may be about to. */
const SILENT_MS = 1_000

/**
 * Connections that callers keep open would hold up the end. From the signal on answers say that they close, so that
 * callers go elsewhere before anything is closed; once the listener closes, those that fall idle are closed. Node
 * closes only the ones that are idle at that moment, and no longer looks at those that bring no request.
 */
export function letGoOfConnections(
  app: FastifyInstance,
  isDraining: () => boolean,
  headersTimeoutMs: number,
): void {
  let closing = false
  const answers = trackAnswers(app.server)
  app.addHook('preClose', function startToClose(done) {
    closing = true
    const closingSince = performance.now()
    const sweep = setInterval(() => {
      app.server.closeIdleConnections()
      const tookMs = performance.now() - closingSince
      for (const [socket, answer] of answers) {
        const isBusy = answer !== undefined && !answer.closed
        if (!isBusy && tookMs > (socket.bytesRead === 0 ? SILENT_MS : headersTimeoutMs)) socket.destroy()
      }
    }, SWEEP_MS)
    app.server.once('close', () => clearInterval(sweep))
    done()
  })
  app.addHook('onSend', function sayGoodbye(_request, reply, payload, done) {
    if (closing || isDraining()) reply.header('connection', 'close')
    done(null, payload)
  })
}

/** All connections, each with the last answer that was begun on it. */
function trackAnswers(server: Server): ReadonlyMap<Socket, ServerResponse | undefined> {
  const answers = new Map<Socket, ServerResponse | undefined>()
  server.on('connection', (socket) => {
    answers.set(socket, undefined)
    socket.once('close', () => answers.delete(socket))
  })
  server.on('request', ({ socket }, response) => {
    if (answers.has(socket)) answers.set(socket, response)
  })
  return answers
}
