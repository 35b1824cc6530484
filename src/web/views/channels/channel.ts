import { answer, api } from '../../api/client.ts'
import type { operations } from '../../api/openapi.ts'
import { Problem } from '../../api/problem.ts'
import type { ListPage } from '../../hooks/use-pages.ts'

type Operation = 'getChannel' | 'listAudit' | 'checkChannel'
type Body<O extends Operation> = operations[O]['responses'][200]['content']['application/json']

export type Channel = Body<'getChannel'>
export type AuditItem = Body<'listAudit'>['items'][number]
export type Check = Body<'checkChannel'>['checks'][number]
export type NewChannel = operations['putChannel']['requestBody']['content']['application/json']
export type ChannelPatch = operations['patchChannel']['requestBody']['content']['application/json']

export const PAGE_LENGTH = 50

/** Which channels a list is to have; an empty text asks for nothing. */
export interface Filters {
  readonly q: string
  readonly account: string
  readonly enabled: '' | 'true' | 'false'
}

/** A page of the channels that the filters leave. */
export async function listChannels(
  { q, account, enabled }: Filters,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ListPage<Channel>> {
  const query = {
    limit: String(PAGE_LENGTH),
    ...(cursor !== undefined && { cursor }),
    ...(q !== '' && { q }),
    ...(account !== '' && { account }),
    ...(enabled !== '' && { enabled }),
  }
  return (await answer(api.GET('/v1/channels', { params: { query }, signal }))).body
}

export async function readChannel(alias: string, signal?: AbortSignal): Promise<Channel> {
  const given = { params: { path: { alias } }, ...(signal !== undefined && { signal }) }
  return (await answer(api.GET('/v1/channels/{alias}', given))).body
}

/** The record that a write was decided on: on any other it is refused. */
function decidedOn({ alias, revision }: Channel) {
  return { path: { alias }, header: { 'if-match': `"${revision}"` } }
}

/** Changes some fields (RFC 7396). Throws a `Problem`: `revision-mismatch` when somebody was faster. */
export async function patchChannel(seen: Channel, body: ChannelPatch): Promise<Channel> {
  return (await answer(api.PATCH('/v1/channels/{alias}', { params: decidedOn(seen), body }))).body
}

/** Gives on how many replicas it is gone: `all`, `1 of 2`. Throws as `patchChannel` does. */
export async function deleteChannel(seen: Channel): Promise<string | undefined> {
  const params = { ...decidedOn(seen), query: { wait: 'all' as const } }
  return (await answer(api.DELETE('/v1/channels/{alias}', { params }))).applied
}

/** Gives `undefined` when the alias has a channel already, which stays as it is. */
export async function createChannel(alias: string, body: NewChannel): Promise<Channel | undefined> {
  const params = {
    path: { alias },
    // Behind a balancer the next request may reach another replica, which is to know the channel by then.
    query: { wait: 'all' as const },
    header: { 'if-none-match': '*' },
  }
  try {
    return (await answer(api.PUT('/v1/channels/{alias}', { params, body }))).body
  } catch (error) {
    if (error instanceof Problem && error.problem === 'revision-mismatch') return undefined
    throw error
  }
}

/** `undefined` when there is no such channel. */
export async function readIfThere(alias: string): Promise<Channel | undefined> {
  try {
    return await readChannel(alias)
  } catch (error) {
    if (error instanceof Problem && error.problem === 'not-found') return undefined
    throw error
  }
}

export async function checkChannel(alias: string): Promise<Body<'checkChannel'>> {
  return (await answer(api.POST('/v1/channels/{alias}/check', { params: { path: { alias } } }))).body
}

/** What was changed of a channel since a revision, the oldest first. */
export async function changesSince({ alias, revision }: Channel): Promise<readonly AuditItem[]> {
  // An entry of the audit is named by its revision, so the list goes on behind the one that was seen.
  const query = { kind: 'channel', id: alias, order: 'asc', cursor: String(revision), limit: '20' } as const
  const { body } = await answer(api.GET('/v1/audit', { params: { query } }))
  // As JSON Lines it comes only to those who ask for them.
  return (body as Body<'listAudit'>).items
}
