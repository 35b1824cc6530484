import { invalid, unsupportedMediaType } from './answer.ts'
import { NO_FIELDS, readJsonObject, readPairs, type Fields } from './fields.ts'

/** How the bytes of a body are to be read. `none` is the empty body. */
export type BodyType = 'none' | 'json' | 'form'

const JSON_TYPE =
  /^(?:application\/json|application\/json-patch\+json|text\/json|application\/[^/;\s]+\+json)$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The fields of a body, when the operation reads bodies of its type.
 * Throws the 415 of another type or charset, and the 400 of a body that is missing or not well-formed.
 */
export function readBody(bytes: Buffer, contentType: string | undefined, taken: readonly BodyType[]): Fields {
  if (bytes.length === 0 && taken.includes('none')) return NO_FIELDS
  const type = bodyType(contentType)
  if (type === undefined || !taken.includes(type)) throw unsupportedMediaType()
  if (bytes.length === 0) throw invalid('', 'A non-empty request body is required.')
  const text = decode(bytes)
  return type === 'form' ? readPairs(text) : readJson(text)
}

function bodyType(contentType: string | undefined): 'json' | 'form' | undefined {
  const [essence = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => parameter.trim()).find((part) => part.startsWith('charset='))
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return undefined
  if (essence.trim() === 'application/x-www-form-urlencoded') return 'form'
  return JSON_TYPE.test(essence.trim()) ? 'json' : undefined
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw invalid('', 'The body is not UTF-8.')
  }
}

function readJson(text: string): Fields {
  try {
    const fields = readJsonObject(text)
    if (fields !== undefined) return fields
  } catch {
    throw invalid('$', 'The body is not JSON.')
  }
  throw invalid('$', 'The body is not a JSON object.')
}
