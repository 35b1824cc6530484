/** A secret with a name, to be searched for. */
export interface Planted {
  readonly name: string
  readonly value: string
}

/** A place where it must not be. */
export interface Haystack {
  readonly where: string
  readonly bytes: Buffer
}

/** So much of a secret gives it away. */
const PIECE = 16

/** Looks for every secret, in every form and in pieces. Gives a line for each find. */
export function findAll(planted: readonly Planted[], haystacks: readonly Haystack[]): string[] {
  const finds: string[] = []
  for (const { name, value } of planted) {
    for (const [form, needles] of formsOf(value)) {
      for (const { where, bytes } of haystacks) {
        const found = needles.map((needle) => bytes.indexOf(needle)).find((at) => at !== -1)
        if (found === undefined) continue
        const around = bytes.toString('utf8', Math.max(found - 60, 0), found + 60)
        finds.push(`${name}, ${form}, in ${where}: ${around}`)
      }
    }
  }
  return finds
}

function formsOf(secret: string): Map<string, string[]> {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  const json = JSON.stringify(secret).slice(1, -1)
  return new Map([
    ['in clear', piecesOf(secret)],
    ['as JSON', piecesOf(json)],
    ['as JSON in JSON', piecesOf(JSON.stringify(json).slice(1, -1))],
    ['URL-encoded', piecesOf(encodeURIComponent(secret))],
    ['as HTML', piecesOf(secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;'))],
    ['in hex', [...halvesOf(hex), ...halvesOf(hex.toUpperCase())]],
    ['in base64', base64Of(bytes, 'base64')],
    ['in base64url', base64Of(bytes, 'base64url')],
    ['backwards', halvesOf(Buffer.from(secret).reverse().toString())],
  ])
}

/** Every run of so many characters. */
function piecesOf(text: string): string[] {
  const count = Math.max(text.length - PIECE + 1, 1)
  return Array.from({ length: count }, (_, i) => text.slice(i, i + PIECE))
}

function halvesOf(text: string): string[] {
  const middle = Math.max(text.length >> 1, PIECE)
  return [text.slice(0, middle), text.slice(-middle)]
}

/** However many bytes stand in front: three ways to fall into groups of three. What its neighbours change is cut off. */
function base64Of(bytes: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString(encoding)
      .replace(/=+$/, '')
    return halvesOf(text.slice(before === 0 ? 0 : before + 1, -1))
  })
}
