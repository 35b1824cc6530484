import { isUtf8 } from 'node:buffer'
import { Malformed } from './malformed.ts'
import { trimSpace } from './space.ts'

/** The header of one part of a `multipart/form-data` body (RFC 7578), as far as a reader may rely on it. */
export interface PartHeader {
  readonly name: string
  /** The values as they were written, quotes included; they are not ours to read. */
  readonly filename: string | undefined
  readonly extendedFilename: string | undefined
  readonly contentType: string | undefined
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
/** No control characters, and no `\"`: half of all readers take it for an escape, the other half do not. */
const QUOTED = '"(?:[^"\\\\\\x00-\\x1f\\x7f]|\\\\(?!"))*"'
const PARAMETER = new RegExp(`^;[ \\t]*(name|filename|filename\\*)=(${TOKEN}|${QUOTED})[ \\t]*`, 'i')
const HEADER_LINE = new RegExp(`^(${TOKEN}):([^\\x00-\\x08\\x0a-\\x1f\\x7f]*)$`)
const IDENTITY_ENCODINGS = /^(?:7bit|8bit|binary)$/i

/**
 * Reads the lines before a part's content, strictly: what two readers could understand differently is refused
 * with `Malformed`. Lengths and identity encodings that some clients add are read and left out.
 */
export function readPartHeader(bytes: Buffer): PartHeader {
  if (!isUtf8(bytes)) throw new Malformed('A part of the form has a header that is not UTF-8.')
  const fields = new Map<string, string>()
  for (const line of bytes.toString('utf8').split('\r\n')) {
    const [, name = '', value = ''] = HEADER_LINE.exec(line) ?? []
    const field = name.toLowerCase()
    if (field === '' || fields.has(field))
      throw new Malformed('A part of the form has a header line that is not well-formed.')
    fields.set(field, trimSpace(value))
  }
  const {
    'content-disposition': disposition,
    'content-type': contentType,
    ...others
  } = Object.fromEntries(fields)
  checkOthers(others)
  return { ...readDisposition(disposition ?? ''), contentType }
}

/** The same header written anew, so that every reader after us finds just one meaning in it. */
export function printPartHeader({ name, filename, extendedFilename, contentType }: PartHeader): Buffer {
  const parameters = [
    `name="${name}"`,
    ...(filename === undefined ? [] : [`filename=${filename}`]),
    ...(extendedFilename === undefined ? [] : [`filename*=${extendedFilename}`]),
  ]
  const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`
  return Buffer.from(`Content-Disposition: form-data; ${parameters.join('; ')}\r\n${type}\r\n`)
}

function checkOthers(others: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(others)) {
    const harmless =
      name === 'content-length' || (name === 'content-transfer-encoding' && IDENTITY_ENCODINGS.test(value))
    if (!harmless)
      throw new Malformed(`A part of the form has a header line "${name}" that may not stand there.`)
  }
}

function readDisposition(disposition: string): Omit<PartHeader, 'contentType'> {
  const malformed = new Malformed('A part of the form has no well-formed Content-Disposition with one name.')
  const kind = /^form-data[ \t]*/i.exec(disposition)
  if (kind === null) throw malformed
  const parameters = new Map<string, string>()
  let rest = disposition.slice(kind[0].length)
  while (rest !== '') {
    const [whole = '', key = '', value = ''] = PARAMETER.exec(rest) ?? []
    if (whole === '' || parameters.has(key.toLowerCase())) throw malformed
    parameters.set(key.toLowerCase(), value)
    rest = rest.slice(whole.length)
  }
  const name = unquoted(parameters.get('name') ?? '')
  // `=?` starts an encoded word (RFC 2047), which ASP.NET decodes in names; a `\` some readers drop.
  if (name === '' || name.includes('=?') || name.includes('\\')) throw malformed
  return { name, filename: parameters.get('filename'), extendedFilename: parameters.get('filename*') }
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1) : value
}
