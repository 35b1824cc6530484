import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals and opens text with AES-256-GCM under a ring of keys: the first seals, all open.
 *
 * `bound` is what a sealed text belongs to (its place and revision). It is authenticated, not stored:
 * a sealed text that was moved to another place, or edited, does not open.
 */
export interface Seal {
  /** The ids of the ring's keys, in their order. */
  readonly keys: readonly string[]
  /** The id of the key that seals. */
  readonly first: string
  seal(text: string, bound: string): string
  /** Throws when no key of the ring opens it at this place. */
  open(sealed: string, bound: string): string
  /** The id of the key a text was sealed with, in the ring or not; empty when it is no sealed text. */
  keyOf(sealed: string): string
}

interface Key {
  readonly id: string
  readonly bytes: Buffer
}

/**
 * Reads a key ring written as `id:base64-of-32-bytes,…`.
 * Throws a sentence that says which entry is wrong, and never shows a key.
 */
export function makeSeal(keys: string): Seal {
  const ring = readKeys(keys)
  const first = ring[0]
  if (first === undefined) throw new Error('there is no encryption key')
  const byId = new Map(ring.map((key) => [key.id, key]))
  return {
    keys: ring.map(({ id }) => id),
    first: first.id,
    keyOf: (sealed) => sealed.slice(0, Math.max(sealed.indexOf('.'), 0)),
    seal: (text, bound) => `${first.id}.${encrypt(first, text, bound)}`,
    open(sealed, bound) {
      const dot = sealed.indexOf('.')
      const key = byId.get(sealed.slice(0, dot))
      if (key === undefined) throw new Error('it is sealed with a key that is not in the ring')
      return decrypt(key, sealed.slice(dot + 1), bound)
    },
  }
}

/** A new key under this id, in the form in which settings and files hold a ring. */
export function generateKey(id: string): string {
  return `${id}:${randomBytes(KEY_BYTES).toString('base64')}`
}

function readKeys(text: string): Key[] {
  const ring = text.split(',').map((entry, index) => readKey(entry.trim(), index + 1))
  if (new Set(ring.map((key) => key.id)).size < ring.length) throw new Error('two keys have the same id')
  return ring
}

function readKey(entry: string, position: number): Key {
  const colon = entry.indexOf(':')
  const id = entry.slice(0, Math.max(colon, 0))
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    throw new Error(`key ${position} must have the form id:base64, the id of letters, digits, - and _`)
  }
  const base64 = entry.slice(colon + 1)
  const bytes = Buffer.from(base64, 'base64')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || bytes.length !== KEY_BYTES) {
    throw new Error(
      `key ${position} must be ${KEY_BYTES} bytes in base64 behind its colon, as openssl rand -base64 32 gives`,
    )
  }
  return { id, bytes }
}

function encrypt(key: Key, text: string, bound: string): string {
  // A random nonce is safe for 2^32 seals under one key (NIST SP 800-38D, 8.3).
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(ALGORITHM, key.bytes, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(bound))
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64',
  )
}

function decrypt(key: Key, base64: string, bound: string): string {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('it is too short to be sealed text')
  const decipher = createDecipheriv(ALGORITHM, key.bytes, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(Buffer.from(bound))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  return Buffer.concat([text, decipher.final()]).toString('utf8')
}
