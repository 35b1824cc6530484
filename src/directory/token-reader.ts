import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { isAbsolute, resolve, sep } from 'node:path'
import type { TokenSource } from '../domain/account.ts'
import { Secret } from '../domain/secret.ts'
import { isWatiToken, withoutBearer } from '../domain/wati-token.ts'

/** Reads the tokens that are kept in the environment or in files (`tokenFrom`). */
export interface TokenReader {
  /** Throws a sentence that says what is wrong, and shows nothing of what was read. */
  read(source: TokenSource): Secret
}

export interface TokenReaderOptions {
  /** Gives a variable of the environment. */
  readonly variable: (name: string) => string | undefined
  /** The gateway's own settings: an admin must not be able to send one of them to Wati as a token. */
  readonly ownVariables: readonly string[]
  /** The gateway's own files and folders, for the same reason. */
  readonly ownPaths: readonly string[]
}

const LARGEST_FILE_BYTES = 65_536

export function makeTokenReader(options: TokenReaderOptions): TokenReader {
  return {
    read: (source) =>
      'env' in source ? readVariable(source.env, options) : readTokenFile(source.file, options.ownPaths),
  }
}

function readVariable(name: string, { variable, ownVariables }: TokenReaderOptions): Secret {
  if (ownVariables.includes(name)) throw new Error(`${name} is a setting of the gateway, not a token`)
  const text = variable(name)
  if (text === undefined) throw new Error(`the environment variable ${name} is not set`)
  return toToken(text, `the environment variable ${name}`)
}

function readTokenFile(path: string, ownPaths: readonly string[]): Secret {
  if (!isAbsolute(path)) throw new Error('the path of the file must be absolute')
  const text = readSmallFile(path, ownPaths)
  return toToken(text, `the file ${path}`)
}

function readSmallFile(path: string, ownPaths: readonly string[]): string {
  const real = attempt(path, () => realpathSync(path))
  if (ownPaths.some((own) => isIn(real, own))) throw new Error(`the file ${path} is one of the gateway's own`)
  // Looked at before it is opened: a pipe would be read for ever.
  const stat = attempt(path, () => statSync(real))
  const bytes = stat.isFile() ? attempt(path, () => readBeginning(real)) : undefined
  if (bytes === undefined || bytes.length > LARGEST_FILE_BYTES) throw new Error(`${path} is not a small file`)
  return bytes.toString('utf8')
}

/** At most one byte more than a small file has: those of the system (/proc) say that they are empty, and have no end. */
function readBeginning(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(LARGEST_FILE_BYTES + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null)
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

/** The system's own words may show more than an admin of the API should see. */
function attempt<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

function isIn(path: string, own: string): boolean {
  const folder = safeRealpath(resolve(own))
  return path === folder || path.startsWith(`${folder}${sep}`)
}

function safeRealpath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function toToken(text: string, where: string): Secret {
  const token = withoutBearer(text)
  if (!isWatiToken(token)) throw new Error(`${where} does not hold a token: 8 to 4096 visible characters`)
  return new Secret(token)
}
