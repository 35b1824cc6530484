import { type Command, InvalidArgumentError } from 'commander'
import { all } from './api.ts'
import { wrongUsage } from './failure.ts'
import { print, printJson, remark } from './output.ts'
import { serverOf, wantsJson } from './server.ts'
import { table } from './table.ts'
import { reportWrite, waitAllFlag, write } from './writing.ts'

interface CallerToken {
  readonly jti: string
  readonly sub?: string
  readonly channels?: readonly string[]
  readonly scope?: string
  readonly channel?: string
  readonly expiresAt?: string
  readonly revokedAt?: string
}

interface IssueFlags {
  readonly sub: string
  readonly channels: readonly string[]
  readonly scope: string
  readonly channel?: string
  readonly expiresIn: number
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** `wati-gateway tokens …` */
export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('the tokens of callers')
  addIssue(tokens)
  tokens
    .command('list')
    .description('list the tokens that were issued here, and what was revoked; never the tokens themselves')
    .option('--sub <name>', 'only those of this caller')
    .action(listTokens)
  tokens
    .command('revoke')
    .argument('<jti>', 'id of the token; also of one that was issued elsewhere')
    .description('cut a token off, on every replica within a second')
    .addOption(waitAllFlag())
    .action(revokeToken)
}

function addIssue(tokens: Command): void {
  tokens
    .command('issue')
    .description('issue a token and print it: it is shown only this once')
    .requiredOption('--sub <name>', 'who it is for')
    .requiredOption('--channels <list>', 'aliases, prefixes as latam-*, or *; separated by commas', readList)
    .requiredOption('--scope <list>', 'what it is good for, as "messages:send messages:read"')
    .option('--channel <alias>', 'for clients that drop the path of their base URL: the alias they mean')
    .requiredOption('--expires-in <duration>', 'how long it lives: 90s, 30m, 8h, 90d', readDuration)
    .addOption(waitAllFlag())
    .addHelpText('after', ISSUE_EXAMPLE)
    .action(issueToken)
}

const ISSUE_EXAMPLE = `
The standard output is the token and nothing else; with --json, all that is known of it. Example:
  wati-gateway tokens issue --sub shop --channels sales --scope "messages:send messages:read" --expires-in 8h`

async function issueToken(flags: IssueFlags, command: Command): Promise<void> {
  const { sub, channels, scope, channel, expiresIn } = flags
  const body = { sub, channels, scope, channel, expiresIn }
  const answer = await write<CallerToken & { token: string }>(command, 'POST', '/v1/tokens', { body })
  const { token, jti, expiresAt = '' } = answer.body
  if (wantsJson(command)) {
    reportWrite(command, answer, '')
    return
  }
  print(token)
  remark(`The token ${jti} of ${sub} is good until ${expiresAt}. It is not shown again.`)
  if (answer.applied !== undefined) remark(`applied: ${answer.applied}`)
}

async function listTokens({ sub }: { sub?: string }, command: Command): Promise<void> {
  const items = await all<CallerToken>(serverOf(command), '/v1/tokens', { sub })
  if (wantsJson(command)) {
    printJson({ items, nextCursor: null })
    return
  }
  const lines = table(items, [
    ['jti', ({ jti }) => jti],
    ['sub', ({ sub }) => sub],
    ['channels', ({ channels }) => channels],
    ['scope', ({ scope }) => scope],
    ['expires', ({ expiresAt }) => expiresAt],
    ['revoked', ({ revokedAt }) => revokedAt],
  ])
  print(...lines)
}

async function revokeToken(jti: string, _flags: object, command: Command): Promise<void> {
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(jti) && jti.startsWith('ey')) {
    throw wrongUsage('That is a whole token, which belongs nowhere. Give its id, the claim "jti".')
  }
  const answer = await write<undefined>(command, 'DELETE', `/v1/tokens/${encodeURIComponent(jti)}`)
  reportWrite(command, answer, `token ${jti} revoked`)
}

function readList(text: string): string[] {
  const list = text.split(',').map((one) => one.trim())
  if (list.includes('')) throw new InvalidArgumentError('It must be a list with commas between.')
  return list
}

/** Seconds of `90s`, `30m`, `8h`, `90d`. */
function readDuration(text: string): number {
  const [, count, unit] = /^([1-9][0-9]{0,9})([smhd])$/.exec(text) ?? []
  if (count === undefined)
    throw new InvalidArgumentError('It must be a duration, such as 90s, 30m, 8h or 90d.')
  return Number(count) * SECONDS[unit as keyof typeof SECONDS]
}
