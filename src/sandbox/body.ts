import { invalid, unsupportedMediaType } from './answer.ts'
import { Fields, NO_FIELDS, readJsonObject, readPairs } from './fields.ts'
import type { Part, Upload } from './upload.ts'

/** How the bytes of a body are to be read. `none` is the empty body. */
export type BodyType = 'none' | 'json' | 'form' | 'multipart'

/** What came in as a body: bytes, or a multipart form that was taken apart on its way in. */
export type Received = Buffer | Upload

/** A body as Wati reads it. Only multipart forms have files. */
export interface Body {
  readonly fields: Fields
  readonly files: readonly Part[]
}

const JSON_TYPE =
  /^(?:application\/json|application\/json-patch\+json|text\/json|application\/[^/;\s]+\+json)$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The fields and files of a body, when the operation reads bodies of its type.
 * Throws the 415 of another type or charset, and the 400 of a body that is missing or not well-formed.
 */
export function readBody(
  received: Received,
  contentType: string | undefined,
  taken: readonly BodyType[],
): Body {
  if (!Buffer.isBuffer(received)) return readUploaded(received, taken)
  if (received.length === 0 && taken.includes('none')) return { fields: NO_FIELDS, files: [] }
  const type = bodyType(contentType)
  if (type === undefined || !taken.includes(type)) throw unsupportedMediaType()
  if (received.length === 0) throw invalid('', 'A non-empty request body is required.')
  const text = decode(received)
  return { fields: type === 'form' ? readPairs(text) : readJson(text), files: [] }
}

/** Of several fields with one name the first counts, as in ASP.NET. */
function readUploaded({ parts, mistake }: Upload, taken: readonly BodyType[]): Body {
  if (!taken.includes('multipart')) throw unsupportedMediaType()
  if (mistake !== undefined) throw invalid('', mistake)
  const fields = parts.filter(({ value }) => value !== undefined)
  return {
    fields: new Fields(fields.map(({ name, value }) => [name, value] as const).reverse()),
    files: parts.filter(({ value }) => value === undefined),
  }
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
