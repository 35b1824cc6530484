import { type Jwk, type PublicKey, readJwk, readKeysMember } from './public-keys.ts'

export interface ProviderKeys {
  readonly keys: readonly PublicKey[]
  /** A sentence for each key that was left out; it shows no more of the key than its name. */
  readonly skipped: readonly string[]
}

/** The members that only private and secret keys have (RFC 7518, 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const SHOWN_OF_KID = 100
/** Reading a key takes up to 0.1 ms, in which nothing else runs; providers have ten or so. */
const MOST_KEYS = 1_000

/**
 * Reads the JWKS of an identity provider, which others keep and for others than us: a key in it that cannot be used
 * is left out and spoils nothing (RFC 7517, 5). Throws a sentence when it is no JWKS, holds too many keys, or when not one is left.
 */
export function readProviderKeys(text: string): ProviderKeys {
  const keys: PublicKey[] = []
  const skipped: string[] = []
  const jwks = readKeysMember(text)
  if (jwks.length > MOST_KEYS) throw new Error(`the JWKS holds more than ${MOST_KEYS} keys`)
  for (const jwk of jwks) {
    try {
      keys.push(readUsable(jwk))
    } catch (error) {
      skipped.push(`${nameOf(jwk.kid)}: ${(error as Error).message}`)
    }
  }
  const { single, twins } = separateTwins(keys)
  if (single.length === 0) throw new Error('the JWKS holds no key that can be used')
  skipped.push(
    ...twins.map(({ kid, algorithm }) => `${nameOf(kid)}: several ${algorithm} keys have this name`),
  )
  return { keys: single, skipped }
}

function readUsable(jwk: Jwk): PublicKey {
  // Whoever read the JWKS could sign with it.
  if (PRIVATE_MEMBERS.some((member) => jwk[member] !== undefined)) {
    throw new Error('a private or secret key, which is published')
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new Error('a key that is not for signatures')
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) {
    throw new Error('a key that is not for verifying')
  }
  const key = readJwk(jwk)
  if (jwk.alg !== undefined && jwk.alg !== key.algorithm) {
    throw new Error(`a key for another algorithm than ${key.algorithm}`)
  }
  return key
}

/**
 * Of different keys with one name and algorithm nobody can say which a token means, and a wrong guess might keep a key
 * in force that was exchanged: none of them is taken. The same key twice is one.
 */
function separateTwins(keys: readonly PublicKey[]): { single: PublicKey[]; twins: PublicKey[] } {
  const byName = new Map<string, PublicKey>()
  const twins = new Map<string, PublicKey>()
  for (const key of keys) {
    const name = JSON.stringify([key.algorithm, key.kid])
    const first = byName.get(name)
    if (first === undefined) byName.set(name, key)
    else if (first.pem !== key.pem) twins.set(name, key)
  }
  for (const name of twins.keys()) byName.delete(name)
  return { single: [...byName.values()], twins: [...twins.values()] }
}

function nameOf(kid: unknown): string {
  return typeof kid === 'string' ? JSON.stringify(kid.slice(0, SHOWN_OF_KID)) : 'no kid'
}
