import type { FastifyRequest } from 'fastify'
import { readMediaType } from '../rewrite/media-type.ts'
import { type Field, fieldsMissing, fieldsOfForm, fieldsOfJson, fieldsOfPairs } from './fields.ts'
import type { ShownRequest } from './mirror.ts'

/** One thing that is not as the caller wrote it. */
export interface Change {
  /** `target`: a v3 target, wherever it stands. */
  readonly where: 'path' | 'query' | 'body' | 'target' | 'header'
  /** Of the field, as it is written; in an array of targets with its place, `recipients[0].target`. */
  readonly name: string
  /** `dropped`: a header line that Wati never sees. */
  readonly action: 'set' | 'removed' | 'dropped'
  /** What is written now, or what the caller had named. */
  readonly value?: string
}

/** What a caller sends, as far as it can be told apart from what leaves. */
export interface Sent {
  readonly path: string
  /** By lower-case name, or as the caller wrote it. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Compares what came with what leaves, in the order of a request: path, query, body, header. */
export function listChanges(sent: Sent, request: FastifyRequest, shown: ShownRequest): Change[] {
  const { before, after } = bodyFields(sent, request, shown)
  return [
    ...tenantChanges(sent, request),
    ...pathTargetChanges(request),
    ...queryChanges(request),
    ...bodyChanges(before, after),
    ...headerChanges(sent.headers, shown.headers),
  ]
}

function tenantChanges({ path }: Sent, { located, account }: FastifyRequest): Change[] {
  const { operation, segments } = located
  const [given] = (path.split('?', 1)[0] ?? '').split('/').slice(1, -segments.length)
  const wanted = operation.hasTenant ? account.tenantId : undefined
  if (given === wanted) return []
  return [
    ...(given === undefined ? [] : [change('path', 'tenant', 'removed', given)]),
    ...(wanted === undefined ? [] : [change('path', 'tenant', 'set', wanted)]),
  ]
}

function pathTargetChanges({ located, outgoing }: FastifyRequest): Change[] {
  const written = outgoing.path.split('/').slice(1)
  return located.segments.flatMap((segment, at) => {
    const now = written[at] ?? ''
    return now === segment
      ? []
      : targetChanges('target', decodeURIComponent(segment), decodeURIComponent(now))
  })
}

function queryChanges({ located, outgoing }: FastifyRequest): Change[] {
  const before = fieldsOfPairs(located.query ?? '')
  const after = fieldsOfPairs(outgoing.query ?? '')
  return [
    ...fieldsMissing(before, after).map(({ name, value }) => change('query', name, 'removed', value)),
    ...fieldsMissing(after, before).map(({ name, value }) => change('query', name, 'set', value)),
  ]
}

function bodyFields(
  sent: Sent,
  { received, outgoing }: FastifyRequest,
  shown: ShownRequest,
): { before: Field[]; after: Field[] } {
  const left = Buffer.from(shown.body, shown.bodyEncoding ?? 'utf8')
  switch (received.bodyType) {
    case 'none':
      return { before: [], after: [] }
    case 'json':
      return { before: fieldsOfJson(received.body), after: fieldsOfJson(left) }
    case 'form':
      return {
        before: fieldsOfPairs(received.body.toString('latin1')),
        after: fieldsOfPairs(left.toString('latin1')),
      }
    case 'multipart':
      return {
        before: fieldsOfForm(Buffer.from(sent.body), received.upload?.boundary ?? ''),
        after: fieldsOfForm(left, readMediaType(outgoing.contentType).boundary),
      }
  }
}

function bodyChanges(before: readonly Field[], after: readonly Field[]): Change[] {
  const gone = fieldsMissing(before, after)
  const come = fieldsMissing(after, before)
  const others = gone.filter(({ isChannelKey }) => !isChannelKey)
  return [
    ...gone
      .filter(({ isChannelKey }) => isChannelKey)
      .map(({ name, value }) => change('body', name, 'removed', value)),
    ...come
      .filter(({ isChannelKey }) => isChannelKey)
      .map(({ name, value }) => change('body', name, 'set', value)),
    // Beside channel keys only targets change, and each keeps its place among them.
    ...come
      .filter(({ isChannelKey }) => !isChannelKey)
      .flatMap(({ name, value }, at) => fieldTargetChanges(name, others[at]?.value ?? '', value)),
  ]
}

function fieldTargetChanges(name: string, before: string, after: string): Change[] {
  if (!after.startsWith('[')) return targetChanges(name, before, after)
  const elements = JSON.parse(before) as Readonly<Record<string, unknown>>[]
  return (JSON.parse(after) as Readonly<Record<string, unknown>>[]).flatMap((element, at) =>
    Object.entries(element).flatMap(([key, now]) => {
      const was = elements[at]?.[key]
      const isChanged = typeof was === 'string' && typeof now === 'string' && was !== now
      return isChanged ? targetChanges(`${name}[${at}].${key}`, was, now) : []
    }),
  )
}

/** A prefix that the caller had written, and the whole target as it is now. */
function targetChanges(name: string, before: string, after: string): Change[] {
  const prefix = before.slice(0, Math.max(0, before.indexOf(':')))
  return [
    ...(prefix === '' ? [] : [change('target', name, 'removed', prefix)]),
    change('target', name, 'set', after),
  ]
}

function headerChanges(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): Change[] {
  const given = new Map(Object.entries(before).map(([name, value]) => [name.toLowerCase(), value]))
  const dropped = [...given.keys()].filter((name) => !Object.hasOwn(after, name))
  const set = Object.entries(after).filter(([name, value]) => given.get(name) !== value)
  return [
    ...dropped.map((name): Change => ({ where: 'header', name, action: 'dropped' })),
    ...set.map(([name, value]) => change('header', name, 'set', value)),
  ]
}

function change(where: Change['where'], name: string, action: 'set' | 'removed', value: string): Change {
  return { where, name, action, value }
}
