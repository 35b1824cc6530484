import { type Hash, createHash } from 'node:crypto'
import type { BodyType } from '../domain/operation.ts'
import type { PartWatcher } from '../rewrite/multipart-reader.ts'
import type { PartHeader } from '../rewrite/part-header.ts'

/** Whose key it is: the same key of another caller, or for another channel, is another one. */
export interface Owner {
  /** The `sub` of the caller's token. */
  readonly caller: string
  readonly alias: string
  readonly key: string
}

/** What was asked for, but for its body, as the caller wrote it: nothing rewritten, no alias, no tenant. */
export interface Asked {
  readonly method: string
  /** The path of the operation, `{name}` where the caller fills in. */
  readonly template: string
  readonly path: string
  /** Raw, without its `?`; empty without one. */
  readonly query: string
  readonly bodyType: BodyType
}

/** The name under which a key's record is kept: nobody who reads the store sees the key in it. */
export function recordName({ caller, alias, key }: Owner): string {
  return digest(hashOf('record', caller, alias, key))
}

/**
 * What tells one request from another, but for the body. It is made with the key, so that somebody who reads the
 * store cannot try out which message it stands for.
 */
export function printHead({ caller, alias, key }: Owner, asked: Asked): string {
  const { method, template, path, query, bodyType } = asked
  return digest(hashOf('head', caller, alias, key, method, template, path, query, bodyType))
}

/** The same for a body that is held whole. */
export function printBody({ caller, alias, key }: Owner, body: Buffer): string {
  return digest(hashOf('body', caller, alias, key, body))
}

/**
 * The same for a form, taken while it flows: of its parts, so that the boundary, which clients choose anew for
 * every try, does not matter.
 */
export class FormPrint implements PartWatcher {
  readonly #whole: Hash
  #part: Hash | undefined
  #value = ''

  constructor({ caller, alias, key }: Owner) {
    this.#whole = hashOf('form', caller, alias, key)
  }

  /** Empty until the form was read to its end. */
  get value(): string {
    return this.#value
  }

  header({ name, filename, extendedFilename, contentType }: PartHeader): void {
    this.#endPart()
    const header = [name, filename ?? null, extendedFilename ?? null, contentType ?? null]
    add(this.#whole, JSON.stringify(header))
    this.#part = createHash('sha256')
  }

  content(chunk: Buffer): void {
    this.#part?.update(chunk)
  }

  end(): void {
    this.#endPart()
    this.#value = digest(this.#whole)
  }

  /** Of the content its hash goes in: how long it is, is known too late to stand before it. */
  #endPart(): void {
    if (this.#part !== undefined) this.#whole.update(this.#part.digest())
    this.#part = undefined
  }
}

function hashOf(...parts: readonly (string | Buffer)[]): Hash {
  const hash = createHash('sha256')
  for (const part of parts) add(hash, part)
  return hash
}

/** With its length before it: where one part ends and the next begins is part of what is hashed. */
function add(hash: Hash, part: string | Buffer): void {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  hash.update(`${bytes.length}:`).update(bytes)
}

function digest(hash: Hash): string {
  return hash.digest('hex')
}
