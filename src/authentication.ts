import fastifyJwt, { type FastifyJwtVerifyOptions } from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { type Caller, readCaller } from './domain/caller.ts'
import { Refusal } from './errors.ts'
import type { IdentityProvider } from './identity-provider.ts'
import {
  PUBLIC_KEY_ALGORITHMS,
  type PublicKey,
  type TokenHeader,
  namedKey,
  unnamedKey,
} from './public-keys.ts'
import { RememberedCallers } from './remembered-callers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is calling; set by `authenticate`, before anything reads it. */
    caller: Caller
  }
  interface FastifyInstance {
    /** Was the token with this `jti` revoked? */
    isRevoked(jti: string): boolean
    rememberedCallers: RememberedCallers
  }
}

export interface AuthenticationOptions {
  readonly secret: string | undefined
  readonly publicKeys: readonly PublicKey[]
  readonly issuer: string | undefined
  readonly audience: string | undefined
  /** Asked for the keys that are neither the secret nor among the public keys. */
  readonly provider?: IdentityProvider
  /** Asked for each token that has a `jti`, whoever issued it. */
  readonly isRevoked: (jti: string) => boolean
}

const ALGORITHMS = ['HS256', ...PUBLIC_KEY_ALGORITHMS] as const

/**
 * Makes `authenticate` work on an instance: verifies the JWT of `Authorization: Bearer` (RFC 6750, RFC 7519).
 * The key's kind fixes the algorithm (RFC 8725, 3.1): a token can choose a key by its `kid`, never how it is used.
 */
export const authentication = fastifyPlugin(
  async function authentication(app: FastifyInstance, options: AuthenticationOptions) {
    const verify: Partial<FastifyJwtVerifyOptions['verify']> = {
      algorithms: algorithmsOf(options),
      // A claim that is checked must be there: without it there is nothing to check.
      requiredClaims: [
        'sub',
        'exp',
        ...(options.issuer ? ['iss'] : []),
        ...(options.audience ? ['aud'] : []),
      ],
      // fast-jwt's own cache knows nothing of keys that are withdrawn: `RememberedCallers` does.
      cache: false,
      ...(options.issuer !== undefined && { allowedIss: options.issuer }),
      ...(options.audience !== undefined && { allowedAud: options.audience }),
    }
    await app.register(fastifyJwt, {
      secret: async (_request: FastifyRequest, token: unknown) =>
        pemFor(options, (token as { header: TokenHeader }).header),
      decode: { complete: true },
      verify,
      decoratorName: 'claims',
    })
    app.decorateRequest('caller')
    app.decorate('rememberedCallers', new RememberedCallers(() => options.provider?.keys))
    app.decorate('isRevoked', (jti: string) => options.isRevoked(jti))
  },
  { name: 'authentication' },
)

/** Step: who is calling? Refuses with `unauthenticated`. Waits only for a token that is seen for the first time. */
export function authenticate(request: FastifyRequest): Promise<void> | void {
  const caller = request.server.rememberedCallers.find(request.headers.authorization)
  if (caller === undefined) return verifyCaller(request)
  admit(request, caller)
}

async function verifyCaller(request: FastifyRequest): Promise<void> {
  const { rememberedCallers } = request.server
  const { keys } = rememberedCallers
  const caller = readCaller(await verifiedClaims(request))
  if (typeof caller === 'string') throw unauthenticated(`The token is signed, but ${caller}.`)
  rememberedCallers.add(request.headers.authorization, caller, keys)
  admit(request, caller)
}

function admit(request: FastifyRequest, caller: Caller): void {
  if (caller.jti !== undefined && request.server.isRevoked(caller.jti)) {
    throw unauthenticated('The token was revoked: get a new one.')
  }
  request.caller = caller
}

async function verifiedClaims(request: FastifyRequest): Promise<Record<string, unknown>> {
  try {
    return await request.jwtVerify<Record<string, unknown>>()
  } catch (error) {
    if (error instanceof Refusal) throw error
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

/** The refusal of whoever did not prove who is calling (RFC 6750, 3). */
export function unauthenticated(detail: string, cause?: unknown): Refusal {
  return new Refusal('unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' }, cause })
}

function algorithmsOf({
  secret,
  publicKeys,
  provider,
}: AuthenticationOptions): (typeof ALGORITHMS)[number][] {
  return ALGORITHMS.filter((algorithm) => {
    if (algorithm === 'HS256') return secret !== undefined
    return provider !== undefined || publicKeys.some((key) => key.algorithm === algorithm)
  })
}

/** The secret, or the one public key that may have signed a token with this header. */
async function pemFor(options: AuthenticationOptions, header: TokenHeader): Promise<string> {
  if (header.alg === 'HS256' && options.secret !== undefined) return options.secret
  const isPublic = PUBLIC_KEY_ALGORITHMS.some((algorithm) => algorithm === header.alg)
  const key = isPublic ? await publicKeyFor(options, header) : undefined
  if (key !== undefined) return key.pem
  if (isPublic && options.provider?.isAway === true) {
    throw unauthenticated(
      'The token cannot be verified: its key is not known, and the identity provider cannot be reached.',
    )
  }
  throw new Error('no key of the gateway fits its alg and kid.')
}

async function publicKeyFor(
  { publicKeys, provider }: AuthenticationOptions,
  header: TokenHeader,
): Promise<PublicKey | undefined> {
  const named = namedKey(publicKeys, header) ?? namedKey(provider?.keys ?? [], header)
  if (named !== undefined) return named
  const unnamed = unnamedKey(publicKeys, header)
  if (unnamed === undefined) return await provider?.keyFor(header)
  // Tokens of our own keys never wait for the provider. Yet a name nobody knows may be new there: it is asked on the side.
  if (header.kid !== undefined) void provider?.keyFor(header)
  return unnamed
}
