import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { Static } from '@sinclair/typebox'
import { type Entry, openEntry } from '../directory/entry.ts'
import type { SealedChange } from '../directory/store.ts'
import { Refusal, storeUnavailable } from '../errors.ts'
import { type AuditItem, AuditList, AuditQuery } from './audit-schema.ts'
import { limitOf } from './page.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { readTime } from './read-time.ts'

const BATCH = 500
const JSON_LINES = /\bapplication\/(?:jsonl|x-ndjson)\b/

type Item = Static<typeof AuditItem>
type Query = Static<typeof AuditQuery>

/** `/v1/audit`: who changed what, and when, as far back as the store remembers. */
export function audit(app: ControlPlane, { history }: ControlPlaneOptions): void {
  const schema = { querystring: AuditQuery, response: { 200: AuditList } }
  app.get('/audit', { schema }, async function listAudit(request, reply) {
    const items = matching(history, request.query)
    if (!JSON_LINES.test(request.headers.accept ?? '')) return await firstPage(items, limitOf(request.query))
    // A stream is not what the schema describes, and no serializer touches it.
    return await (reply as FastifyReply).type('application/jsonl').send(await asLines(items))
  })
}

async function firstPage(found: AsyncIterable<Item>, limit: number): Promise<Static<typeof AuditList>> {
  const items: Item[] = []
  for await (const item of found) {
    if (items.length === limit) return { items, nextCursor: items.at(-1)?.id ?? null }
    items.push(item)
  }
  return { items, nextCursor: null }
}

/** All that match, one JSON object a line, as they are read: the first before the answer starts. */
async function asLines(items: AsyncGenerator<Item>): Promise<Readable> {
  const first = await items.next()
  async function* lines(): AsyncGenerator<string> {
    if (first.done === true) return
    yield `${JSON.stringify(first.value)}\n`
    for await (const item of items) yield `${JSON.stringify(item)}\n`
  }
  return Readable.from(lines())
}

async function* matching(history: ControlPlaneOptions['history'], query: Query): AsyncGenerator<Item> {
  const isWanted = filterOf(query)
  const newestFirst = query.order === 'desc'
  let from = cursorOf(query)
  for (;;) {
    const changes = await history
      .history({ ...(from !== undefined && { from }), count: BATCH, newestFirst })
      .catch((cause: unknown) => {
        throw storeUnavailable('The store is away, and the audit with it.', cause)
      })
    for (const change of changes) {
      const item = describe(history.seal, change)
      if (isWanted(item)) yield item
    }
    from = changes.at(-1)?.revision
    if (from === undefined || changes.length < BATCH) return
    // Opening seals is work: requests get their turn.
    await nextTurn()
  }
}

function cursorOf({ cursor }: Query): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new Refusal('invalid-request', 'The cursor is not one that this list gave.')
}

function filterOf({ actor, action, kind, id, requestId, since, until }: Query): (item: Item) => boolean {
  const from = since === undefined ? undefined : readTime('since', since).getTime()
  const to = until === undefined ? undefined : readTime('until', until).getTime()
  const wanted: ((item: Item) => boolean)[] = [
    (item) => actor === undefined || item.actor.sub === actor,
    (item) => action === undefined || item.action === action,
    (item) => kind === undefined || item.target.kind === kind,
    (item) => id === undefined || item.target.id === id,
    (item) => requestId === undefined || item.requestId === requestId,
    (item) => from === undefined || Date.parse(item.at ?? '') >= from,
    (item) => to === undefined || Date.parse(item.at ?? '') < to,
  ]
  return (item) => wanted.every((isWanted) => isWanted(item))
}

/** A change whose seal does not hold is told of, too: that it is there is all that is known. */
function describe(seal: ControlPlaneOptions['history']['seal'], change: SealedChange): Item {
  const id = String(change.revision)
  try {
    const { at, actor, action, kind, changes, requestId, ...entry }: Entry = openEntry(seal, change)
    const { sub, jti = null, address } = actor
    const target = { kind, id: entry.id }
    return { id, at, actor: { sub, jti, address }, action, target, changes: [...changes], requestId }
  } catch {
    const [kind = '', ...name] = change.target.split(':')
    const nobody = { sub: null, jti: null, address: null }
    const target = { kind, id: name.join(':') }
    return { id, at: null, actor: nobody, action: 'unreadable', target, changes: [], requestId: null }
  }
}
