import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Static } from '@sinclair/typebox'
import { Refusal, storeUnavailable } from '../errors.ts'
import { DIMENSIONS, type Dimension } from '../usage/call.ts'
import { csvLine } from '../usage/csv.ts'
import { addDays, dayOf, isDay } from '../usage/day.ts'
import { TooManyRows, type UsageQuery, type UsageRow, inOrder, largestOf } from '../usage/report.ts'
import { limitOf } from './page.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { type UsageItem, UsageList, UsageParameters } from './usage-schema.ts'

const CSV = /\btext\/csv\b/
const USUAL_DAYS = 30

type Asked = Static<typeof UsageParameters>

/** `/v1/usage`: how many calls there were, by whom, for what, and what became of them. */
export function usage(app: ControlPlane, options: ControlPlaneOptions): void {
  const schema = { querystring: UsageParameters, response: { 200: UsageList } }
  app.get('/usage', { schema }, async function listUsage(request, reply) {
    const query = readQuery(request.query)
    const { order, format } = request.query
    const found = options.usage.report(query)
    const rows = sentencesFor(order === 'count' ? largestOf(found, limitOf(request.query)) : found)
    if (format !== 'csv' && !CSV.test(request.headers.accept ?? ''))
      return await firstPage(rows, query, limitOf(request.query))
    const limit = request.query.limit === undefined ? Number.POSITIVE_INFINITY : limitOf(request.query)
    // A stream is not what the schema describes, and no serializer touches it.
    return await (reply as FastifyReply)
      .type('text/csv; charset=utf-8; header=present')
      .header('content-disposition', 'attachment; filename="usage.csv"')
      .send(await asCsv(rows, query, limit))
  })
}

function readQuery(asked: Asked): UsageQuery {
  if (asked.order !== undefined && asked.cursor !== undefined)
    throw new Refusal(
      'invalid-request',
      'A list that is ordered by "count" has no cursor: it is no longer than "limit".',
    )
  const { account, channel, caller, operation, outcome, groupBy } = asked
  const { from, to } = readRange(asked)
  const where = { account, channel, caller, operation, outcome }
  const given = Object.entries(where).filter(([, value]) => value !== undefined)
  const dimensions = inOrder((groupBy?.split(',') as Dimension[] | undefined) ?? DIMENSIONS)
  return {
    ...{ from, to, groupBy: dimensions },
    where: Object.fromEntries(given),
    ...(asked.cursor !== undefined && { after: readCursor(asked.cursor, dimensions.length) }),
  }
}

function readRange(asked: Asked): { from: string; to: string } {
  const to = readDay('to', asked.to) ?? dayOf(Date.now())
  const from = readDay('from', asked.from) ?? addDays(to, 1 - USUAL_DAYS)
  if (from <= to) return { from, to }
  throw new Refusal('invalid-request', 'The day "from" must not be after the day "to".')
}

function readDay(field: string, text: string | undefined): string | undefined {
  if (text === undefined || isDay(text)) return text
  throw new Refusal('invalid-request', `The field "${field}" must be a day such as "2026-11-30".`)
}

/** A cursor is the values of the last row. */
function readCursor(cursor: string, length: number): string[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(values) && values.length === length && values.every((one) => typeof one === 'string'))
      return values
  } catch {
    // Below.
  }
  throw new Refusal('invalid-request', 'The cursor is not one that this list gave.')
}

function printCursor({ values }: UsageRow): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

async function firstPage(
  rows: AsyncIterable<UsageRow>,
  { groupBy }: UsageQuery,
  limit: number,
): Promise<Static<typeof UsageList>> {
  const found: UsageRow[] = []
  for await (const row of rows) {
    const last = found.at(-1)
    if (found.length === limit && last !== undefined)
      return { items: found.map((one) => itemOf(one, groupBy)), nextCursor: printCursor(last) }
    found.push(row)
  }
  return { items: found.map((row) => itemOf(row, groupBy)), nextCursor: null }
}

function itemOf({ values, count }: UsageRow, groupBy: readonly Dimension[]): Static<typeof UsageItem> {
  return { ...Object.fromEntries(groupBy.map((dimension, at) => [dimension, values[at]])), count }
}

/** A header, and all rows as they are read: the first before the answer starts. */
async function asCsv(
  rows: AsyncGenerator<UsageRow>,
  { groupBy }: UsageQuery,
  limit: number,
): Promise<Readable> {
  const first = await rows.next()
  async function* lines(): AsyncGenerator<string> {
    yield csvLine([...groupBy, 'count'])
    if (first.done === true) return
    yield csvLine([...first.value.values, first.value.count])
    let left = limit - 1
    for await (const { values, count } of rows) {
      if (left-- === 0) return
      yield csvLine([...values, count])
    }
  }
  return Readable.from(lines())
}

/** What can go wrong on the way, in words for the admin. */
async function* sentencesFor(rows: AsyncGenerator<UsageRow>): AsyncGenerator<UsageRow> {
  try {
    yield* rows
  } catch (cause) {
    if (!(cause instanceof TooManyRows))
      throw storeUnavailable('The store is away, and the usage with it.', cause)
    const detail = `The answer would have ${cause.message}: ask for fewer days, or group by less.`
    throw new Refusal('invalid-request', detail)
  }
}
