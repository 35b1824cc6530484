import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Command, Option } from 'commander'
import { wrongUsage } from './failure.ts'
import { remark } from './output.ts'

/** Where a Wati token comes from. Never from an argument. */
export interface TokenFlags {
  readonly tokenStdin?: true
  readonly tokenEnv?: string
  readonly tokenFile?: string
}

/** Where the gateway itself is to read the token from. */
export interface TokenFromFlags {
  readonly tokenFromEnv?: string
  readonly tokenFromFile?: string
}

export type TokenSource = { readonly env: string } | { readonly file: string }

/** The flags of `TokenFlags`. */
export function addTokenFlags(command: Command): Command {
  return command
    .addOption(new Option('--token-stdin', 'read the Wati token from the standard input'))
    .addOption(new Option('--token-env <name>', 'read the Wati token from this environment variable'))
    .addOption(new Option('--token-file <path>', 'read the Wati token from this file'))
}

/** The flags of `TokenFromFlags`. */
export function addTokenFromFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--token-from-env <name>', 'the gateway reads the token from its own environment variable'),
    )
    .addOption(
      new Option('--token-from-file <path>', 'the gateway reads the token from a file on its own host'),
    )
}

/** Refuses more than one source for one token. */
export function checkOneSource(flags: TokenFlags & TokenFromFlags): void {
  const { tokenStdin, tokenEnv, tokenFile, tokenFromEnv, tokenFromFile } = flags
  const given = [tokenStdin, tokenEnv, tokenFile, tokenFromEnv, tokenFromFile].filter(
    (one) => one !== undefined,
  )
  if (given.length > 1) throw wrongUsage('A token has one source: give only one of the --token-… flags.')
}

/** The Wati token that the flags lead to, if they do. Nothing here ever shows what it read. */
export async function readWatiToken({
  tokenStdin,
  tokenEnv,
  tokenFile,
}: TokenFlags): Promise<string | undefined> {
  if (tokenStdin) return notEmpty(await readStdin(), 'The standard input')
  if (tokenEnv !== undefined)
    return notEmpty(process.env[checkName(tokenEnv, '--token-env')], `The variable ${tokenEnv}`)
  if (tokenFile !== undefined) return notEmpty(await readTokenFile(tokenFile), 'The file of --token-file')
  return undefined
}

/** The `tokenFrom` of an account, if the flags name one. */
export function readTokenFrom({ tokenFromEnv, tokenFromFile }: TokenFromFlags): TokenSource | undefined {
  if (tokenFromEnv !== undefined) return { env: checkName(tokenFromEnv, '--token-from-env') }
  return tokenFromFile === undefined ? undefined : { file: tokenFromFile }
}

/** Somebody may have put the token itself there, so what is no name is not shown. */
function checkName(name: string, flag: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw wrongUsage(`${flag} wants the name of an environment variable.`)
}

async function readStdin(): Promise<string> {
  if (process.stdin.isTTY) remark('Paste the token, then press Enter and Ctrl-D:')
  return await text(process.stdin)
}

async function readTokenFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw wrongUsage(`The file of --token-file cannot be read (${code}).`)
  }
}

function notEmpty(given: string | undefined, where: string): string {
  const token = given?.trim() ?? ''
  if (token === '') throw wrongUsage(`${where} holds no token.`)
  return token
}
