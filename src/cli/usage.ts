import { type Command, Option } from 'commander'
import { lines, pages } from './api.ts'
import { wrongUsage } from './failure.ts'
import { drained, nobodyReads, print, printJson } from './output.ts'
import { type Server, serverOf, wantsJson } from './server.ts'
import { type Column, table } from './table.ts'
import { readWhole } from './writing.ts'

/** In the order of the columns. */
const DIMENSIONS = ['day', 'account', 'channel', 'caller', 'operation', 'outcome'] as const

type UsageItem = Readonly<Partial<Record<(typeof DIMENSIONS)[number], string>>> & { readonly count: number }

interface UsageFlags {
  readonly from?: string
  readonly to?: string
  readonly account?: string
  readonly channel?: string
  readonly caller?: string
  readonly operation?: string
  readonly outcome?: string
  readonly groupBy?: string
  readonly limit?: number
  readonly csv?: true
}

/** `wati-gateway usage …` */
export function addUsage(program: Command): void {
  program
    .command('usage')
    .description('how many calls there were, by whom, for what, and what became of them')
    .command('list', { isDefault: true })
    .description('list the counts of the last 30 days, or of the days you name')
    .option('--from <day>', 'the first day (UTC), as 2026-11-01')
    .option('--to <day>', 'the last day (UTC), today if it is left out')
    .option('--account <id>', 'only of this account')
    .option('--channel <alias>', 'only of this channel')
    .option('--caller <sub>', 'only of this caller')
    .option('--operation <name>', 'only of this operation, such as sendTemplateMessage')
    .addOption(
      new Option('--outcome <outcome>', 'only with this outcome').choices([
        ...['accepted', 'refused', 'unknown', 'not_sent'],
      ]),
    )
    .option('--group-by <list>', `keep only these apart, and sum up the rest: ${DIMENSIONS.join(', ')}`)
    .option('--limit <number>', 'at most so many', readWhole)
    .option('--csv', 'CSV for a spreadsheet, any number of rows')
    .addHelpText(
      'after',
      '\nExample:\n  wati-gateway usage --from 2026-11-01 --to 2026-11-30 --group-by channel,outcome',
    )
    .action(listUsage)
}

async function listUsage(flags: UsageFlags, command: Command): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, csv, ...query } = flags
  const server = serverOf(command)
  if (csv) {
    if (flags.limit !== undefined) throw wrongUsage('--csv has all rows: leave --limit out.')
    await printCsv(server, query)
    return
  }
  const items: UsageItem[] = []
  for await (const page of pages<UsageItem>(server, '/v1/usage', query)) {
    items.push(...page)
    if (items.length >= limit) break
  }
  const wanted = items.slice(0, limit)
  if (wantsJson(command)) printJson({ items: wanted, nextCursor: null })
  else print(...table(wanted, columnsOf(wanted)))
}

/** Those that were grouped away are in no row. */
function columnsOf([first]: readonly UsageItem[]): Column<UsageItem>[] {
  const shown = DIMENSIONS.filter((dimension) => first?.[dimension] !== undefined)
  return [
    ...shown.map((dimension): Column<UsageItem> => [dimension, (item) => item[dimension]]),
    ['count', ({ count }) => count],
  ]
}

async function printCsv(server: Server, query: Omit<UsageFlags, 'csv' | 'limit'>): Promise<void> {
  for await (const chunk of lines(server, '/v1/usage', query, 'text/csv')) {
    if (!process.stdout.write(chunk)) await drained()
    if (nobodyReads()) return
  }
}
