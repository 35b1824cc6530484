import { messages } from '../../messages/messages.ts'

const { activity: texts, shell } = messages

/** The value of a field, whole. Never a number with separators: digits of a phone number are no count. */
export function printValue(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return texts.empty
    case 'string':
      return value === '' ? texts.empty : value
    case 'boolean':
      return value ? shell.yes : shell.no
    default:
      if (value === null) return shell.none
      return Array.isArray(value) ? value.map(printValue).join(', ') : JSON.stringify(value)
  }
}

const MOST_IN_A_SENTENCE = 60
const PLAIN = /^[\x20-\x7e]*$/

/** The same, as far as a sentence can hold it. */
export function clipValue(value: unknown): string {
  // By characters: half of one would be none.
  const characters = Array.from(printValue(value))
  if (characters.length <= MOST_IN_A_SENTENCE) return isolate(characters.join(''))
  return isolate(`${characters.slice(0, MOST_IN_A_SENTENCE - 1).join('')}…`)
}

/** A text that runs from right to left, or says it does, must not turn the sentence around (UAX #9: FSI, PDI). */
function isolate(text: string): string {
  return PLAIN.test(text) ? text : `\u2068${text}\u2069`
}
