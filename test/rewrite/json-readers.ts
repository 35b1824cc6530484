/**
 * Readers of a JSON object as other programs have them, written anew and without `JSON.parse`:
 * they must not share a mistake with the rewriter.
 */
export type JsonMember = readonly [name: string, value: unknown]

/** All top-level members in order, repeated ones included. Throws on whatever is not RFC 8259. */
export function readMembers(text: string): JsonMember[] {
  const reader = new Reader(text)
  reader.skipSpace()
  const members = reader.readObject()
  reader.skipSpace()
  if (!reader.isAtEnd()) throw new Error('something stands behind the object')
  return members
}

/** Keeps the first of repeated names, as many streaming readers do. */
export function readFirst(members: readonly JsonMember[], name: string): unknown {
  return members.find(([other]) => other === name)?.[1]
}

/** Keeps the last of repeated names, as most parsers do. */
export function readLast(members: readonly JsonMember[], name: string): unknown {
  return members.findLast(([other]) => other === name)?.[1]
}

/** Finds a name in any case, the first one, as ASP.NET binders do. */
export function readCaseBlind(members: readonly JsonMember[], name: string): unknown {
  return members.find(([other]) => other.toUpperCase() === name.toUpperCase())?.[1]
}

/** All values that a reader could find who looks past case, `_` and `-`. */
export function readLenient(members: readonly JsonMember[], name: string): unknown[] {
  return members.filter(([other]) => bare(other) === bare(name)).map(([, value]) => value)
}

function bare(name: string): string {
  return name.toUpperCase().split('_').join('').split('-').join('')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    return this.#at === this.#text.length
  }

  skipSpace(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  readObject(): JsonMember[] {
    return this.#readList('{', '}', () => {
      const name = this.#readString()
      this.skipSpace()
      this.#expect(':')
      this.skipSpace()
      return [name, this.#readValue()] as const
    })
  }

  #readValue(): unknown {
    const first = this.#text[this.#at]
    if (first === '{') return this.readObject()
    if (first === '[') return this.#readList('[', ']', () => this.#readValue())
    if (first === '"') return this.#readString()
    const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
    word.lastIndex = this.#at
    const found = word.exec(this.#text)
    if (found === null) throw new Error(`no value stands at ${this.#at}`)
    this.#at = word.lastIndex
    return { word: found[0] }
  }

  #readList<T>(open: string, close: string, readOne: () => T): T[] {
    this.#expect(open)
    this.skipSpace()
    const list: T[] = []
    if (this.#text[this.#at] !== close) {
      do {
        this.skipSpace()
        list.push(readOne())
        this.skipSpace()
      } while (this.#takes(','))
    }
    this.#expect(close)
    return list
  }

  #readString(): string {
    this.#expect('"')
    let value = ''
    for (;;) {
      const letter = this.#text[this.#at++]
      if (letter === '"') return value
      if (letter === undefined || letter < ' ') throw new Error('a string is broken')
      value += letter === '\\' ? this.#readEscape() : letter
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at++] ?? ''
    if (letter !== 'u') {
      const means = ESCAPES[letter]
      if (means === undefined) throw new Error('an escape is broken')
      return means
    }
    const hex = this.#text.slice(this.#at, this.#at + 4)
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw new Error('an escape is broken')
    this.#at += 4
    return String.fromCharCode(Number.parseInt(hex, 16))
  }

  #takes(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false
    this.#at++
    return true
  }

  #expect(letter: string): void {
    if (!this.#takes(letter)) throw new Error(`${letter} is missing at ${this.#at}`)
  }
}
