import { Busboy } from '@fastify/busboy'
import { Response } from 'undici'

/**
 * Readers of a multipart form as other programs have them: two that are in use, and two written here without
 * a look at the gateway's own, a strict one and one that forgives whatever some reader forgives.
 */
export interface ReadPart {
  readonly name: string
  readonly filename: string | undefined
  /** One character a byte. */
  readonly content: string
}

/** Reads as RFC 7578 has it, in order, repeated names included. Throws on all else. */
export function readStrict(form: Buffer, boundary: string): ReadPart[] {
  const [before, ...parts] = `\r\n${form.toString('latin1')}`.split(`\r\n--${boundary}`)
  if (before !== '' || parts.pop() !== '--\r\n') throw new Error('the form does not begin or end as it must')
  return parts.map((part) => {
    const end = part.indexOf('\r\n\r\n')
    if (!part.startsWith('\r\n') || end === -1) throw new Error('a part has no header')
    const [disposition = ''] = part.slice(2, end).split('\r\n')
    const [, name, rest = ''] =
      /^Content-Disposition: form-data; name="([^"\r\n]*)"(;.*)?$/.exec(disposition) ?? []
    if (name === undefined) throw new Error(`a disposition is odd: ${disposition}`)
    const filename = /; filename="([^"]*)"|; filename=([^;"]*)/.exec(rest)
    return { name, filename: filename?.[1] ?? filename?.[2], content: part.slice(end + 4) }
  })
}

/** Takes any line end, padding behind a boundary, and the last name of a part; looks for nothing else. */
export function readForgiving(form: Buffer, boundary: string): ReadPart[] {
  const escaped = boundary.replace(/[^0-9A-Za-z]/g, '\\$&')
  const line = new RegExp(`(?:^|\\r\\n|\\n|\\r)--${escaped}[ \\t]*(?:\\r\\n|\\n|\\r|--)`)
  return form
    .toString('latin1')
    .split(line)
    .slice(1)
    .flatMap((part) => {
      const [header = '', ...content] = part.split(/\r\n\r\n|\n\n|\r\r/)
      const name = [...header.matchAll(/[;\s]name\*?\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi)].at(-1)
      if (name === undefined) return []
      return [{ name: name[1] ?? name[2] ?? '', filename: undefined, content: content.join('\r\n\r\n') }]
    })
}

/** The parts as `@fastify/busboy` has them. */
export async function readBusboy(form: Buffer, boundary: string): Promise<ReadPart[]> {
  return await new Promise((resolve, reject) => {
    const parts: ReadPart[] = []
    const reader = new Busboy({
      headers: { 'content-type': `multipart/form-data; boundary="${boundary}"` },
      limits: { fieldNameSize: 10_000 },
    })
    reader.on('field', (name: string, value: string) => {
      parts.push({ name, filename: undefined, content: Buffer.from(value).toString('latin1') })
    })
    reader.on('file', (name: string, stream: NodeJS.ReadableStream, filename: string) => {
      const chunks: Buffer[] = []
      const at = parts.push({ name, filename, content: '' }) - 1
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        parts[at] = { name, filename, content: Buffer.concat(chunks).toString('latin1') }
      })
    })
    reader.on('error', reject)
    reader.on('finish', () => resolve(parts))
    reader.end(form)
  })
}

/** The parts as undici's `formData()` has them; file contents are left out, text is UTF-8. */
export async function readUndici(form: Buffer, boundary: string): Promise<ReadPart[]> {
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` }
  // Not made for servers, and all the better a second opinion.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const data = await new Response(form, { headers }).formData()
  return [...data].map(([name, value]) => ({
    name,
    filename: typeof value === 'string' ? undefined : value.name,
    content: typeof value === 'string' ? Buffer.from(value).toString('latin1') : '',
  }))
}
