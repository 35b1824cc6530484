import type { Account, Line, SentFile } from './account.ts'
import { invalid, refused } from './answer.ts'
import type { Attribute } from './contact-book.ts'
import { fieldsOf, type Fields } from './fields.ts'
import type { Part } from './upload.ts'

/** Such as `US.123124141512`: names a person to one business, in the place of a number. */
const BSUID = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/

/** One request to an operation, read the way Wati reads it. */
export interface Call {
  readonly account: Account
  /** The name of the operation. */
  readonly operation: string
  /** The variable segments of the path. */
  readonly path: Readonly<Record<string, string | undefined>>
  readonly query: Fields
  /** The top level of the JSON or form body; no fields when the operation got none. */
  readonly body: Fields
  /** The files of a multipart form. */
  readonly files: readonly Part[]
}

/** The body's field, else the query's. A field that is there hides the other, even when it is empty. */
export function bodyOrQuery(call: Call, name: string): unknown {
  return call.body.has(name) ? call.body.get(name) : call.query.get(name)
}

/** A value as Wati takes it for text: numbers and booleans become words, nothing and blank are absent. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** Throws the 400 of a missing field. */
export function required(value: unknown, name: string): string {
  const found = textOf(value)
  if (found === undefined) throw invalid(name, `The ${name} field is required.`)
  return found
}

/** The account's number that a channel key names; without one the default. Refuses an unknown number. */
export function lineOf(call: Call, channelKey: unknown): Line {
  if (typeof channelKey === 'object' && channelKey !== null) {
    throw invalid('channel', 'The channel is not a string.')
  }
  const line = call.account.line(textOf(channelKey))
  if (line === undefined) throw refused('The channel number does not belong to this account.')
  return line
}

/** The same for the name or number of a channel, as v3 takes it. */
export function lineOfChannel(call: Call, channel: unknown): Line {
  if (typeof channel === 'object' && channel !== null) {
    throw invalid('channel', 'The channel is not a string.')
  }
  const line = call.account.lineOfChannel(textOf(channel))
  if (line === undefined) throw refused('The channel does not belong to this account.')
  return line
}

/** The file part of a form. Throws the 400 of a form without it. */
export function fileOf(call: Call): SentFile {
  const part = call.files.find(({ name }) => name.toLowerCase() === 'file')
  if (part === undefined) throw invalid('file', 'The file field is required.')
  const { filename = '', contentType, size, sha256 } = part
  return { name: filename, contentType, size, sha256 }
}

/** The digits of a contact's number, or of a `target`: whether it is a number is another question. */
export function contactOf(value: unknown, name: string): string {
  return required(value, name).replace(/^\+|[\s-]/g, '')
}

/** Can a message go to this contact? Only to 7 to 15 digits, or a BSUID, that use WhatsApp. */
export function isReachable(account: Account, contact: string): boolean {
  const isContact = /^[1-9][0-9]{6,14}$/.test(contact) || BSUID.test(contact)
  return isContact && account.contacts.presence(contact).onWhatsApp
}

/** A list of `{name, value}`. What is not such a pair is left out. */
export function attributesOf(value: unknown): Attribute[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((item) => {
    const fields = fieldsOf(item)
    const name = textOf(fields.get('name'))
    return name === undefined ? [] : [{ name, value: textOf(fields.get('value')) ?? '' }]
  })
}
