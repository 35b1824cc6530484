import fastifyJwt, { type FastifyJwtVerifyOptions } from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type Caller, readCaller } from './domain/caller.ts'
import { Refusal } from './errors.ts'
import type { PublicKey } from './public-keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set by `authenticate`, before anything reads it. */
    caller: Caller
  }
}

export interface AuthenticationOptions {
  readonly secret: string | undefined
  readonly publicKeys: readonly PublicKey[]
  readonly issuer: string | undefined
  readonly audience: string | undefined
}

type TokenHeader = Readonly<Record<string, unknown>>

/**
 * Makes `authenticate` work on an instance: verifies the JWT of `Authorization: Bearer` (RFC 6750, RFC 7519).
 * The key's kind fixes the algorithm (RFC 8725, 3.1): a token can choose a key by its `kid`, never how it is used.
 */
export const authentication = fastifyPlugin(
  async function authentication(app: FastifyInstance, options: AuthenticationOptions) {
    const algorithms = [
      ...(options.secret === undefined ? [] : ['HS256' as const]),
      ...algorithmsOf(options.publicKeys),
    ]
    const verify: Partial<FastifyJwtVerifyOptions['verify']> = {
      algorithms: [...new Set(algorithms)],
      // A claim that is checked must be there: without it there is nothing to check.
      requiredClaims: [
        'sub',
        'exp',
        ...(options.issuer ? ['iss'] : []),
        ...(options.audience ? ['aud'] : []),
      ],
      // A cache that outlives a token or a revocation is a hole; fast-jwt's is off.
      cache: false,
      ...(options.issuer !== undefined && { allowedIss: options.issuer }),
      ...(options.audience !== undefined && { allowedAud: options.audience }),
    }
    await app.register(fastifyJwt, {
      secret: async (_request: FastifyRequest, token: unknown) =>
        keyFor(options, (token as { header: TokenHeader }).header),
      decode: { complete: true },
      verify,
      decoratorName: 'claims',
    })
    app.decorateRequest('caller')
  },
  { name: 'authentication' },
)

/** Hook: who is calling? Refuses with `unauthenticated`. */
export async function authenticate(request: FastifyRequest): Promise<void> {
  const caller = readCaller(await verifiedClaims(request))
  if (typeof caller === 'string') throw unauthenticated(`The token is signed, but ${caller}.`)
  request.caller = caller
}

async function verifiedClaims(request: FastifyRequest): Promise<Record<string, unknown>> {
  try {
    return await request.jwtVerify<Record<string, unknown>>()
  } catch (error) {
    throw unauthenticated(sentenceFor(error as { code?: string; message: string }), error)
  }
}

function sentenceFor({ code, message }: { code?: string; message: string }): string {
  switch (code) {
    case 'FST_JWT_NO_AUTHORIZATION_IN_HEADER':
    case 'FST_JWT_BAD_REQUEST':
      return 'The request carries no token: send it as "Authorization: Bearer <token>".'
    case 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED':
      return 'The token has expired: get a new one.'
    default:
      return `The token is not valid: ${message.replace(/^.*token is invalid: /i, '')}`
  }
}

function unauthenticated(detail: string, cause?: unknown): Refusal {
  return new Refusal('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' }, cause })
}

function algorithmsOf(keys: readonly PublicKey[]): PublicKey['algorithm'][] {
  return keys.map((key) => key.algorithm)
}

/** The one key that may have signed a token with this header. */
function keyFor({ secret, publicKeys }: AuthenticationOptions, { alg, kid }: TokenHeader): string {
  if (alg === 'HS256' && secret !== undefined) return secret
  const ofKind = publicKeys.filter((key) => key.algorithm === alg)
  const named = ofKind.find((key) => key.kid === kid) ?? ofKind.find((key) => key.kid === undefined)
  const key = named ?? (kid === undefined && ofKind.length === 1 ? ofKind[0] : undefined)
  if (key === undefined) throw new Error('no key of the gateway fits its alg and kid.')
  return key.pem
}
