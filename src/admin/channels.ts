import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static } from '@sinclair/typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { ChannelEntry, ChannelFields, FieldChange } from '../directory/entry.ts'
import type { Channel } from '../domain/channel.ts'
import { channelFrom, patched } from './channel-fields.ts'
import { channelFilter } from './channel-filter.ts'
import {
  ChannelAnswer,
  ChannelBody,
  ChannelList,
  ChannelParams,
  ChannelPatch,
  ChannelQuery,
} from './channel-schema.ts'
import { fieldChanges } from './field-changes.ts'
import { WriteQuery, waitForReplicas } from './in-force.ts'
import { missing } from './missing.ts'
import { originOf } from './origin.ts'
import { pageOf } from './page.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { checkPreconditions, etagOf } from './revision.ts'

const PATH = '/channels/:alias'
const WRITE = { params: ChannelParams, querystring: WriteQuery }

/** `/v1/channels`: which alias leads to which number of which account. */
export function channels(app: ControlPlane, options: ControlPlaneOptions): void {
  readChannels(app, options)
  writeChannels(app, options)
  deleteChannel(app, options)
}

function readChannels(app: ControlPlane, { directory }: ControlPlaneOptions): void {
  const get = { params: ChannelParams, response: { 200: ChannelAnswer } }
  const list = { querystring: ChannelQuery, response: { 200: ChannelList } }

  app.get(PATH, { schema: get }, async function getChannel(request, reply) {
    const channel = existing(directory, request.params.alias)
    return await reply.header('etag', etagOf(channel)).send(channel)
  })

  app.get('/channels', { schema: list }, function listChannels(request) {
    const isWanted = channelFilter(request.query)
    return pageOf(directory.channels, (channel) => channel.alias, request.query, isWanted)
  })
}

function writeChannels(app: ControlPlane, options: ControlPlaneOptions): void {
  const put = { ...WRITE, body: ChannelBody, response: { '2xx': ChannelAnswer } }
  const patch = { ...WRITE, body: ChannelPatch, response: { 200: ChannelAnswer } }

  app.put(PATH, { schema: put }, async function putChannel(request, reply) {
    return await writeChannel(options, request, reply, () => request.body)
  })

  app.patch(PATH, { schema: patch }, async function patchChannel(request, reply) {
    return await writeChannel(options, request, reply, () =>
      patched(existing(options.directory, request.params.alias), request.body),
    )
  })
}

type WriteRequest = Pick<FastifyRequest, 'headers' | 'id' | 'ip' | 'caller'> & {
  readonly params: Static<typeof ChannelParams>
  readonly query: Static<typeof WriteQuery>
}

async function writeChannel(
  options: ControlPlaneOptions,
  request: WriteRequest,
  reply: FastifyReply,
  makeBody: () => Static<typeof ChannelBody>,
): Promise<FastifyReply> {
  const { directory, writer } = options
  const { alias } = request.params
  const { entry, revision } = await writer.write((): ChannelEntry & { record: ChannelFields } => {
    const current = directory.channels.get(alias)
    checkPreconditions(request, current)
    const record = channelFrom(alias, makeBody(), directory.accounts)
    const action = current === undefined ? 'channel.create' : 'channel.update'
    const changes = changesOf(current, record)
    return { ...originOf(request), kind: 'channel', id: alias, action, record, changes }
  })
  await waitForReplicas(options, request.query, reply, revision)
  const channel = { ...entry.record, revision }
  return await reply
    .code(entry.action === 'channel.create' ? 201 : 200)
    .header('etag', etagOf(channel))
    .send(channel)
}

function deleteChannel(app: ControlPlane, options: ControlPlaneOptions): void {
  const { directory, writer } = options
  app.delete(PATH, { schema: WRITE }, async function deleteChannel(request, reply) {
    const { alias } = request.params
    const { revision } = await writer.write((): ChannelEntry => {
      const current = existing(directory, alias)
      checkPreconditions(request, current)
      const changes = changesOf(current, undefined)
      const action = 'channel.delete'
      return { ...originOf(request), kind: 'channel', id: alias, action, record: null, changes }
    })
    await waitForReplicas(options, request.query, reply, revision)
    return await reply.code(204).send()
  })
}

/** For the audit. */
function changesOf(before: Channel | undefined, after: ChannelFields | undefined): FieldChange[] {
  return fieldChanges(before && auditable(before), after && auditable(after))
}

function auditable(channel: ChannelFields & { readonly revision?: number }): Record<string, unknown> {
  const { alias: _alias, revision: _revision, ...fields } = channel
  return fields
}

function existing(directory: DirectoryReader, alias: string): Channel {
  const channel = directory.channels.get(alias)
  if (channel === undefined) throw missing(directory, 'channel', alias)
  return channel
}
