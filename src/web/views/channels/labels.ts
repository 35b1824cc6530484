/**
 * Labels as lines, `key=value`; what would break a line or a key is written with a backslash. Spaces around a key and
 * around a value do not come back.
 */
export function printLabels(labels: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(labels).map(
    ([key, value]) => `${escaped(key, /[\\\n\r=]/g)}=${escaped(value, /[\\\n\r]/g)}`,
  )
  return lines.join('\n')
}

function escaped(text: string, what: RegExp): string {
  return text.replace(what, (letter) => `\\${NAMES[letter] ?? letter}`)
}

const NAMES: Readonly<Record<string, string>> = { '\n': 'n', '\r': 'r' }
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r' }

const LINE = /^((?:[^\\=]|\\.)+)=(.*)$/s

/** Gives the first line that is no label instead. Of two lines with one key the last counts. */
export function readLabels(text: string): Record<string, string> | string {
  const labels: [string, string][] = []
  for (const line of text.split('\n').map((line) => line.trim())) {
    if (line === '') continue
    const [, key, value] = LINE.exec(line) ?? []
    if (key === undefined || value === undefined || key.trim() === '') return line
    labels.push([plain(key.trim()), plain(value.trim())])
  }
  return Object.fromEntries(labels)
}

function plain(text: string): string {
  return text.replace(/\\(.)/gs, (_, letter: string) => LETTERS[letter] ?? letter)
}
