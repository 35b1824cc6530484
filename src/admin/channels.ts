import type { Static } from 'typebox'
import type { DirectoryReader } from '../directory/directory.ts'
import type { ChannelEntry, ChannelFields } from '../directory/entry.ts'
import type { Channel } from '../domain/channel.ts'
import { parseNumber } from '../domain/number.ts'
import { Refusal } from '../errors.ts'
import { ChannelAnswer, ChannelBody, ChannelList, ChannelParams } from './channel-schema.ts'
import { originOf } from './origin.ts'
import type { ControlPlane, ControlPlaneOptions } from './parts.ts'
import { PageQuery, pageOf } from './page.ts'
import { checkIfMatch, etagOf } from './revision.ts'

const PATH = '/channels/:alias'

/** `/v1/channels`: which alias leads to which number of which account. */
export function channels(app: ControlPlane, options: ControlPlaneOptions): void {
  readChannels(app, options.directory)
  writeChannels(app, options)
}

function readChannels(app: ControlPlane, directory: DirectoryReader): void {
  const get = { params: ChannelParams, response: { 200: ChannelAnswer } }
  const list = { querystring: PageQuery, response: { 200: ChannelList } }

  app.get(PATH, { schema: get }, async function getChannel(request, reply) {
    const channel = existing(directory.channel(request.params.alias))
    return await reply.header('etag', etagOf(channel)).send(channel)
  })

  app.get('/channels', { schema: list }, function listChannels(request) {
    return pageOf(directory.channels(), (channel) => channel.alias, request.query)
  })
}

function writeChannels(app: ControlPlane, { directory, writer }: ControlPlaneOptions): void {
  const put = { params: ChannelParams, body: ChannelBody, response: { '2xx': ChannelAnswer } }

  app.put(PATH, { schema: put }, async function putChannel(request, reply) {
    const { alias } = request.params
    let status = 200 as 200 | 201
    const { entry, revision } = await writer.write((): ChannelEntry & { channel: ChannelFields } => {
      const current = directory.channel(alias)
      checkIfMatch(request, current)
      status = current === undefined ? 201 : 200
      return {
        ...originOf(request),
        kind: 'channel',
        id: alias,
        channel: decide(alias, request.body, directory),
      }
    })
    const channel = { ...entry.channel, revision }
    return await reply.code(status).header('etag', etagOf(channel)).send(channel)
  })

  app.delete(PATH, { schema: { params: ChannelParams } }, async function deleteChannel(request, reply) {
    const { alias } = request.params
    await writer.write((): ChannelEntry => {
      checkIfMatch(request, existing(directory.channel(alias)))
      return { ...originOf(request), kind: 'channel', id: alias, channel: null }
    })
    return await reply.code(204).send()
  })
}

function decide(alias: string, body: Static<typeof ChannelBody>, directory: DirectoryReader): ChannelFields {
  const { account, enabled = true, description, labels } = body
  const number = parseNumber(body.number)
  if (number === undefined) {
    throw new Refusal(
      'invalid-request',
      'The field "number" must be 7 to 15 digits with the country code, the first not 0.',
    )
  }
  if (directory.account(account) === undefined) {
    throw new Refusal('invalid-request', `The field "account" names no account: create ${account} first.`)
  }
  return {
    alias,
    account,
    number,
    enabled,
    ...(description !== undefined && { description }),
    ...(labels !== undefined && { labels }),
  }
}

function existing(channel: Channel | undefined): Channel {
  if (channel === undefined) throw new Refusal('not-found', 'There is no such channel.')
  return channel
}
