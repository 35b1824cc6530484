import { type JsonWebKey, type KeyObject, createPublicKey } from 'node:crypto'

/** The algorithms of tokens signed with a private key: each kind of key has exactly one. */
export const PUBLIC_KEY_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

export type PublicKeyAlgorithm = (typeof PUBLIC_KEY_ALGORITHMS)[number]

export interface PublicKey {
  /** The key's name in a JWKS; keys of a PEM file have none. */
  readonly kid: string | undefined
  /** Follows from the kind of the key, never from a token. */
  readonly algorithm: PublicKeyAlgorithm
  readonly pem: string
}

/** What the header of a token says, before anything of it is verified. */
export interface TokenHeader {
  readonly alg?: unknown
  readonly kid?: unknown
}

/** The key whose name a token gives. The name chooses a key among those of its `alg`, never how a key is used. */
export function namedKey(keys: readonly PublicKey[], { alg, kid }: TokenHeader): PublicKey | undefined {
  return kid === undefined ? undefined : keys.find((key) => key.algorithm === alg && key.kid === kid)
}

/** Where no name fits: a key that has none, or the only one of its kind for a token that names none. */
export function unnamedKey(keys: readonly PublicKey[], { alg, kid }: TokenHeader): PublicKey | undefined {
  const ofKind = keys.filter((key) => key.algorithm === alg)
  const only = kid === undefined && ofKind.length === 1 ? ofKind[0] : undefined
  return ofKind.find((key) => key.kid === undefined) ?? only
}

const PEM_BLOCK =
  /-----BEGIN (?:RSA )?(?:PUBLIC KEY|CERTIFICATE)-----[\s\S]+?-----END (?:RSA )?(?:PUBLIC KEY|CERTIFICATE)-----/g
const SMALLEST_RSA_BITS = 2048

/**
 * Reads the public keys of a PEM file (one or more blocks) or a JWKS (RFC 7517).
 * Throws a sentence when there is none, or one that cannot be used.
 */
export function readPublicKeys(text: string): PublicKey[] {
  const keys = text.trimStart().startsWith('{') ? readJwks(text) : readPem(text)
  if (keys.length === 0) throw new Error('the file holds no public key in PEM or JWKS form')
  for (const { algorithm, kid } of keys) {
    const alike = keys.filter((other) => other.algorithm === algorithm && other.kid === kid)
    if (alike.length > 1) {
      throw new Error(
        `the file holds ${alike.length} ${algorithm} keys that nothing tells apart: use a JWKS with a kid for each`,
      )
    }
  }
  return keys
}

function readPem(text: string): PublicKey[] {
  if (text.includes('PRIVATE KEY'))
    throw new Error('the file holds a private key: only the public one belongs here')
  return (text.match(PEM_BLOCK) ?? []).map((pem) => describe(importKey(pem), undefined))
}

/** A member of a JWKS; of what it says only its being an object is certain. */
export type Jwk = JsonWebKey & { kid?: unknown; use?: unknown; alg?: unknown; key_ops?: unknown }

function readJwks(text: string): PublicKey[] {
  const jwks = readKeysMember(text)
  if (jwks.some((jwk) => jwk.d !== undefined || jwk.kty === 'oct')) {
    throw new Error('the JWKS holds a private or secret key: only public ones belong here')
  }
  return jwks.filter((jwk) => jwk.use !== 'enc').map(readJwk)
}

/** Reads one key of a JWKS. Throws a sentence when it is of no kind that can be used. */
export function readJwk(jwk: Jwk): PublicKey {
  return describe(importKey({ key: jwk, format: 'jwk' }), typeof jwk.kid === 'string' ? jwk.kid : undefined)
}

/** The keys in a JWKS, unread. Throws a sentence when it is not one. */
export function readKeysMember(text: string): Jwk[] {
  let jwks: unknown
  try {
    jwks = JSON.parse(text)
  } catch {
    // The parser's own words would show a piece of the file.
    throw new Error('the JWKS is not valid JSON')
  }
  const keys = (jwks as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'object' && key !== null)) {
    throw new Error('the JSON has no "keys" array of objects, so it is not a JWKS')
  }
  return keys as Jwk[]
}

function importKey(key: Parameters<typeof createPublicKey>[0]): KeyObject {
  try {
    return createPublicKey(key)
  } catch (cause) {
    throw new Error('a key cannot be read', { cause })
  }
}

function describe(key: KeyObject, kid: string | undefined): PublicKey {
  return { kid, algorithm: algorithmOf(key), pem: key.export({ type: 'spki', format: 'pem' }).toString() }
}

function algorithmOf(key: KeyObject): PublicKeyAlgorithm {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  if (asymmetricKeyType === 'rsa') {
    if ((asymmetricKeyDetails?.modulusLength ?? 0) >= SMALLEST_RSA_BITS) return 'RS256'
    throw new Error(`an RSA key is shorter than ${SMALLEST_RSA_BITS} bits`)
  }
  throw new Error(`a key of kind ${asymmetricKeyType ?? 'unknown'} is none of RSA, P-256 and Ed25519`)
}
