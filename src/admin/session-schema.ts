import { Type } from '@sinclair/typebox'

/** Who is signed in, and what with. */
export const SessionAnswer = Type.Object({
  sub: Type.String(),
  scopes: Type.Array(Type.String(), { description: 'those of admins that the token has' }),
  expiresAt: Type.String({ description: 'when the session ends (RFC 3339)' }),
})
