import { type Command, InvalidArgumentError, Option } from 'commander'
import { wrongUsage } from './failure.ts'

/** The control plane a command talks to. */
export interface Server {
  /** Its address, without a slash at the end. */
  readonly url: string
  readonly token: string
  /** The longest wait for a whole answer. */
  readonly timeoutMs: number
}

/** What every command takes. */
export interface GlobalFlags {
  readonly url: string
  readonly json?: true
  readonly timeoutSeconds: number
}

const LONGEST_TIMEOUT_SECONDS = 3_600

/** The flags of `GlobalFlags`, understood before and after the name of the command. */
export function addGlobalFlags(program: Command): Command {
  return program
    .addOption(
      new Option('--url <address>', 'address of the control plane')
        .env('WATI_GATEWAY_URL')
        .default('http://127.0.0.1:8081'),
    )
    .option('--timeout-seconds <number>', 'the longest wait for an answer', readSeconds, 30)
    .option('--json', 'print JSON, for scripts')
}

/** Where to ask and as whom. Throws a failure with exit code 64 when that is not said. */
export function serverOf(command: Command): Server {
  const { url, timeoutSeconds } = command.optsWithGlobals<GlobalFlags>()
  return { url: readUrl(url), token: readToken(), timeoutMs: timeoutSeconds * 1_000 }
}

/** Was JSON asked for? */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<GlobalFlags>().json === true
}

/** True when there is a token to ask the control plane with. */
export function hasToken(): boolean {
  return (process.env['WATI_GATEWAY_TOKEN'] ?? '').trim() !== ''
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw wrongUsage('--url (WATI_GATEWAY_URL) must be an address, such as http://127.0.0.1:8081.')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw wrongUsage('--url (WATI_GATEWAY_URL) must not have a user, a query or a fragment.')
  }
  return url.href.replace(/\/+$/, '')
}

/** Only from the environment: every user of a machine can read the arguments of all its processes. */
function readToken(): string {
  if (!hasToken()) {
    throw wrongUsage(
      'WATI_GATEWAY_TOKEN must be set to a token with the scope admin:read, and admin:write for changes.',
    )
  }
  const token = (process.env['WATI_GATEWAY_TOKEN'] ?? '').trim().replace(/^bearer\s+/i, '')
  // fetch would show the token in its complaint.
  if (!/^[\x21-\x7e]+$/.test(token)) throw wrongUsage('WATI_GATEWAY_TOKEN does not hold a token.')
  return token
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^[0-9]{1,4}(?:\.[0-9]{1,3})?$/.test(text) || seconds === 0 || seconds > LONGEST_TIMEOUT_SECONDS) {
    throw new InvalidArgumentError(`It must be from 0.001 to ${LONGEST_TIMEOUT_SECONDS}.`)
  }
  return seconds
}
