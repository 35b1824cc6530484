import { trimSpace } from './space.ts'

/** The one reading of a `Content-Type` field, on which everything after it relies. */
export interface MediaType {
  readonly kind: 'json' | 'form' | 'multipart' | 'absent' | 'unknown'
  /** The field as Wati gets it, written anew so that no other reader finds more in it. */
  readonly field: string
  /** Of multipart only. */
  readonly boundary: string
}

const ABSENT: MediaType = { kind: 'absent', field: '', boundary: '' }
const UNKNOWN: MediaType = { kind: 'unknown', field: '', boundary: '' }

/** Callers write the same few fields in each request, which need not be read each time. */
const KNOWN = new Map<string, MediaType>()
const MOST_KNOWN = 100

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const ESSENCE = new RegExp(`^${TOKEN}/${TOKEN}$`)
const PARAMETER = new RegExp(`^(${TOKEN})=(?:(${TOKEN})|"([^"\\\\\\x00-\\x1f\\x7f-\\uffff]*)")$`)

/** Wati documents all of these, the first as its default. The last also covers a literal `*`. */
const JSON_TYPES = /^(?:application\/json-patch\+json|application\/json|text\/json|application\/[^/]+\+json)$/

/** RFC 2046, 5.1.1, without the space, which half of all readers trim. */
const BOUNDARY = /^[0-9A-Za-z'()+_,./:=?-]{1,70}$/

/**
 * Decides what a body is from its `Content-Type` (RFC 9110, 8.3).
 * `unknown`: not well-formed, a type no operation takes, a charset other than UTF-8, a parameter twice,
 * an odd boundary.
 */
export function readMediaType(field: string | undefined): MediaType {
  if (field === undefined) return ABSENT
  const known = KNOWN.get(field)
  if (known !== undefined) return known
  const read = readField(field)
  if (KNOWN.size < MOST_KNOWN && read.kind !== 'multipart' && read.kind !== 'unknown') KNOWN.set(field, read)
  return read
}

function readField(field: string): MediaType {
  const [essence = '', ...rest] = field.split(';').map(trimSpace)
  const type = essence.toLowerCase()
  const parameters = readParameters(rest)
  if (!ESSENCE.test(type) || parameters === undefined) return UNKNOWN
  const charset = parameters.get('charset')
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return UNKNOWN
  const written = charset === undefined ? type : `${type}; charset=utf-8`
  if (JSON_TYPES.test(type)) return { kind: 'json', field: written, boundary: '' }
  if (type === 'application/x-www-form-urlencoded') return { kind: 'form', field: written, boundary: '' }
  const boundary = parameters.get('boundary') ?? ''
  if (type !== 'multipart/form-data' || !BOUNDARY.test(boundary)) return UNKNOWN
  return { kind: 'multipart', field: `${type}; boundary="${boundary}"`, boundary }
}

/** `undefined` when one is not well-formed, stands twice, or is in the extended form of RFC 8187. */
function readParameters(texts: readonly string[]): Map<string, string> | undefined {
  const parameters = new Map<string, string>()
  // RFC 9110, 5.6.6 allows for nothing between two semicolons, and some clients end with one.
  for (const text of texts.filter((one) => one !== '')) {
    const [, name = '', token, quoted = ''] = PARAMETER.exec(text) ?? []
    const key = name.toLowerCase()
    if (key === '' || key.endsWith('*') || parameters.has(key)) return undefined
    parameters.set(key, token ?? quoted)
  }
  return parameters
}
