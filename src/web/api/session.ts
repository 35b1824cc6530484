import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { answer, api } from './client.ts'
import type { components, paths } from './openapi.ts'

export type { components, paths }

/** Who is signed in. */
export interface Session {
  readonly sub: string
  readonly canWrite: boolean
  readonly expiresAt: string
}

const SessionContext = createContext<Session>({ sub: '', canWrite: false, expiresAt: '' })
export const SessionProvider = SessionContext.Provider

/** For what only those who may write are shown. */
export const useSession = (): Session => useContext(SessionContext)

/** Throws a `Problem` when nobody is signed in. */
export async function currentSession(): Promise<Session> {
  const { body } = await answer(api.GET('/v1/session'))
  return toSession(body)
}

/** Exchanges a token for a session, whose cookie no script can read. Throws a `Problem`. */
export async function signIn(token: string): Promise<Session> {
  const headers = { authorization: `Bearer ${token}` }
  const { body } = await answer(api.POST('/v1/session', { headers }))
  return toSession(body)
}

export async function signOut(): Promise<void> {
  await answer(api.DELETE('/v1/session'))
}

function toSession({
  sub,
  scopes,
  expiresAt,
}: {
  sub: string
  scopes: string[]
  expiresAt: string
}): Session {
  return { sub, canWrite: scopes.includes('admin:write'), expiresAt }
}
