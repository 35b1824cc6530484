import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { authenticate, unauthenticated } from '../authentication.ts'
import type { TokenEntry } from '../directory/entry.ts'
import type { Caller } from '../domain/caller.ts'
import { fieldChanges } from './field-changes.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { requireSameOrigin } from './same-site.ts'
import {
  SESSION_COOKIE,
  type Session,
  callerOf,
  cookieOptions,
  printSession,
  readSession,
} from './session-cookie.ts'
import { SessionAnswer } from './session-schema.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of an admin who is signed in on the page; `undefined` for one who sends a token. */
    session: Session | undefined
  }
}

type Parts = Pick<ControlPlaneOptions, 'seal' | 'settings' | 'writer'>

/** Makes a hook: who is calling, by token or, on the page, by session? Refuses with `unauthenticated`. */
export function authenticateAdmin({ seal }: Pick<Parts, 'seal'>) {
  return async function authenticateAdmin(request: FastifyRequest): Promise<void> {
    const cookie = request.cookies[SESSION_COOKIE]
    if (cookie === undefined || request.headers.authorization !== undefined) {
      await authenticate(request)
      return
    }
    const session = readSession(seal, cookie)
    if (session === undefined) throw unauthenticated('The session has ended: sign in again.')
    requireSameOrigin(request)
    const ids = [session.id, ...(session.jti === undefined ? [] : [session.jti])]
    if (ids.some((id) => request.server.isRevoked(id)))
      throw unauthenticated('The session was ended: sign in again.')
    request.session = session
    request.caller = callerOf(session)
  }
}

/** `/v1/session`: an admin's token in exchange for a cookie that the page cannot read and other sites cannot use. */
export function sessions(app: ControlPlane, options: ControlPlaneOptions): void {
  const config = { scope: 'admin:read' } as const
  const schema = { response: { '2xx': SessionAnswer } }

  app.get('/session', { schema }, function getSession({ caller, session }) {
    return describeSession(session ?? caller)
  })

  app.post('/session', { config, schema }, async function signIn(request, reply) {
    requireSameOrigin(request)
    const session = request.session ?? sessionOf(request.caller, options)
    setCookie(reply, options, session)
    return await reply.code(201).header('cache-control', 'no-store').send(describeSession(session))
  })

  app.delete('/session', { config }, async function signOut(request, reply) {
    reply.clearCookie(SESSION_COOKIE, cookieOptions(options.settings, 0))
    if (request.session !== undefined) await endSession(request, request.session, options)
    return await reply.code(204).send()
  })
}

function sessionOf({ sub, jti, scopes, expiresAt }: Caller, { settings }: Parts): Session {
  const latest = Math.floor(Date.now() / 1_000) + settings.SESSION_LIFETIME_SECONDS
  return {
    id: `session-${randomUUID()}`,
    ...{ sub, ...(jti !== undefined && { jti }) },
    scopes: [...scopes].filter((scope) => scope.startsWith('admin:')),
    expiresAt: Math.min(latest, Math.floor(expiresAt)),
  }
}

function describeSession({
  sub,
  scopes,
  expiresAt,
}: Pick<Session, 'sub' | 'expiresAt'> & { scopes: Iterable<string> }) {
  const ofAdmins = [...scopes].filter((scope) => scope.startsWith('admin:'))
  return { sub, scopes: ofAdmins, expiresAt: new Date(expiresAt * 1_000).toISOString() }
}

function setCookie(reply: FastifyReply, { seal, settings }: Parts, session: Session): void {
  const secondsLeft = session.expiresAt - Math.floor(Date.now() / 1_000)
  reply.setCookie(SESSION_COOKIE, printSession(seal, session), cookieOptions(settings, secondsLeft))
}

/** A copy of the cookie is refused from now on, at every replica. Kept like a token that was revoked. */
async function endSession(request: FastifyRequest, session: Session, { writer }: Parts): Promise<void> {
  const origin = originOf(request)
  const { id, sub } = session
  const expiresAt = new Date(session.expiresAt * 1_000).toISOString()
  const record = { jti: id, sub, expiresAt, revokedAt: origin.at }
  await writer.write((): TokenEntry => {
    const changes = fieldChanges({}, { revokedAt: origin.at })
    return { ...origin, kind: 'token', id, action: 'session.end', record, changes }
  })
}
