import { type Command, Option } from 'commander'
import { lines, pages } from './api.ts'
import { drained, nobodyReads, print, printJson } from './output.ts'
import { serverOf, wantsJson } from './server.ts'
import { cell, table } from './table.ts'
import { readWhole } from './writing.ts'

interface AuditEntry {
  readonly id: string
  readonly at: string
  readonly actor: { readonly sub: string; readonly jti?: string; readonly address: string }
  readonly action: string
  readonly target: { readonly kind: string; readonly id: string }
  readonly changes: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[]
  readonly requestId: string
}

interface AuditFlags {
  readonly actor?: string
  readonly action?: string
  readonly kind?: string
  readonly id?: string
  readonly requestId?: string
  readonly since?: string
  readonly until?: string
  readonly order?: string
  readonly limit?: number
  readonly jsonl?: true
}

/** `wati-gateway audit …` */
export function addAudit(program: Command): void {
  program
    .command('audit')
    .description('who changed what, and when')
    .command('list')
    .description('list the changes, oldest first')
    .option('--actor <sub>', 'only by this admin')
    .option('--action <action>', 'only of this kind, such as channel.update')
    .option('--kind <kind>', 'only of accounts, channels, tokens, keys or the directory: account, channel, …')
    .option('--id <id>', 'only of the record with this name')
    .option('--request-id <id>', 'only by this request')
    .option('--since <time>', 'only from this time on, as 2026-11-22T08:00:00Z')
    .option('--until <time>', 'only before this time')
    .addOption(new Option('--order <order>', 'oldest (asc) or newest (desc) first').choices(['asc', 'desc']))
    .option('--limit <number>', 'at most so many', readWhole)
    .option('--jsonl', 'JSON Lines as they arrive: one change a line, for any number of them')
    .addHelpText(
      'after',
      '\nExample:\n  wati-gateway audit list --kind channel --id sales --order desc --limit 20',
    )
    .action(listAudit)
}

async function listAudit(flags: AuditFlags, command: Command): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, jsonl, ...query } = flags
  if (jsonl) {
    await printLines(command, query, limit)
    return
  }
  const items: AuditEntry[] = []
  for await (const page of pages<AuditEntry>(serverOf(command), '/v1/audit', query)) {
    items.push(...page)
    if (items.length >= limit) break
  }
  const wanted = items.slice(0, limit)
  if (wantsJson(command)) {
    printJson({ items: wanted, nextCursor: null })
    return
  }
  const rows = table(wanted, [
    ['at', ({ at }) => at],
    ['actor', ({ actor }) => actor.sub],
    ['action', ({ action }) => action],
    ['target', ({ target }) => `${target.kind} ${target.id}`],
    ['request', ({ requestId }) => requestId],
    ['changes', ({ changes }) => describeChanges(changes)],
  ])
  print(...rows)
}

/** Hands the lines through, and stops at the limit or when nobody reads any more. */
async function printLines(command: Command, query: Omit<AuditFlags, 'jsonl'>, limit: number): Promise<void> {
  let left = limit
  for await (const chunk of lines(serverOf(command), '/v1/audit', query, 'application/jsonl')) {
    const part = firstLines(Buffer.from(chunk), left)
    left -= part.count
    if (part.bytes.length > 0 && !process.stdout.write(part.bytes)) await drained()
    if (left <= 0 || nobodyReads()) return
  }
}

/** The bytes up to the end of the last wanted line, and how many lines end in them. */
function firstLines(bytes: Buffer, wanted: number): { bytes: Buffer; count: number } {
  let count = 0
  let end = -1
  while (count < wanted) {
    const next = bytes.indexOf(0x0a, end + 1)
    if (next === -1) return { bytes, count }
    end = next
    count += 1
  }
  return { bytes: bytes.subarray(0, end + 1), count }
}

function describeChanges(changes: AuditEntry['changes']): string {
  return changes.map(({ field, from, to }) => `${field}: ${cell(from)} → ${cell(to)}`).join(', ')
}
