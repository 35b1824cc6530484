import { generateKeyPairSync } from 'node:crypto'
import { createSigner } from 'fast-jwt'

export const SECRET = 'a secret of the bench, longer than thirty-two bytes'
/** Callers that come back: each row sends with the tokens of so many, in turn. */
const CALLERS = 16
/** Longer than any run. */
const LIFETIME_MS = 86_400_000

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ed25519 = generateKeyPairSync('ed25519')
const PEM = { type: 'spki', format: 'pem' } as const

/** The PEM file of the keys that verify. */
export const publicKeys = [rsa, ed25519].map(({ publicKey }) => String(publicKey.export(PEM))).join('')

const SIGNING = {
  HS256: { algorithm: 'HS256', key: SECRET },
  RS256: { algorithm: 'RS256', key: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
  EdDSA: { algorithm: 'EdDSA', key: ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
} as const

export type Algorithm = keyof typeof SIGNING

/** The tokens of all callers, signed in one way, good for all channels. */
export function callerTokens(algorithm: Algorithm): string[] {
  const sign = createSigner({ ...SIGNING[algorithm], expiresIn: LIFETIME_MS })
  return Array.from({ length: CALLERS }, (_, caller) =>
    sign({ sub: `caller-${caller}`, channels: ['*'], scope: 'messages:send messages:read' }),
  )
}

export function adminToken(): string {
  const sign = createSigner({ ...SIGNING.HS256, expiresIn: LIFETIME_MS })
  return sign({ sub: 'bench', scope: 'admin:read admin:write' })
}
