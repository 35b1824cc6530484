/** The one reading of a `Content-Type` field, on which everything after it relies. */
export type MediaType = 'json' | 'form' | 'multipart' | 'absent' | 'unknown'

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(
  `^[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"([^"\\\\\\x00-\\x1f\\x7f-\\uffff]*)"))?[ \\t]*$`,
)

/** Wati documents all of these, the first as its default. The last also covers a literal `*`. */
const JSON_TYPES = /^(?:application\/json-patch\+json|application\/json|text\/json|application\/[^/]+\+json)$/

/**
 * Decides what a body is from its `Content-Type` (RFC 9110, 8.3).
 * `unknown`: not well-formed, a type no operation takes, or a charset other than UTF-8.
 */
export function readMediaType(field: string | undefined): MediaType {
  if (field === undefined) return 'absent'
  const [essence = '', ...parameters] = field.split(';')
  const type = essence.trim().toLowerCase()
  if (!new RegExp(`^${TOKEN}/${TOKEN}$`).test(type)) return 'unknown'
  if (!parameters.every(isUnderstood) || countCharsets(parameters) > 1) return 'unknown'
  if (JSON_TYPES.test(type)) return 'json'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  return type === 'multipart/form-data' ? 'multipart' : 'unknown'
}

/** A well-formed parameter; a charset must be UTF-8. A quoted `;` or a `\` is not understood: refused. */
function isUnderstood(parameter: string): boolean {
  const match = PARAMETER.exec(parameter)
  if (match === null) return false
  const [, name, token, quoted] = match
  return name?.toLowerCase() !== 'charset' || /^utf-?8$/i.test(token ?? quoted ?? '')
}

function countCharsets(parameters: readonly string[]): number {
  return parameters.filter((parameter) => /^[ \t]*charset=/i.test(parameter)).length
}
