import { type Command, InvalidArgumentError } from 'commander'
import { all, ask } from './api.ts'
import { print, printJson } from './output.ts'
import { pathOf } from './record-kind.ts'
import { serverOf, wantsJson } from './server.ts'
import { record, table } from './table.ts'
import { collect, ifRevisionFlag, readWhole, reportWrite, waitAllFlag, write } from './writing.ts'

interface Channel {
  readonly alias: string
  readonly account: string
  readonly number: string
  readonly enabled: boolean
  readonly description?: string
  readonly revision: number
}

interface PutFlags {
  readonly account: string
  readonly number: string
  readonly disabled?: true
  readonly description?: string
  readonly weight?: number
  readonly monthlyCalls?: number
  readonly label?: readonly (readonly [string, string])[]
}

/** `wati-gateway channels …` */
export function addChannels(program: Command): void {
  const channels = program
    .command('channels')
    .description('which alias leads to which number of which account')
  channels
    .command('list')
    .description('list all channels')
    .option('--account <id>', 'only those of this account')
    .option('--search <text>', 'only those that have it in their alias, number or description')
    .action(listChannels)
  one(channels, 'show', 'show one channel').action(showChannel)
  addPut(channels)
  oneWritten(channels, 'enable', 'switch a channel on').action(switchTo(true))
  oneWritten(channels, 'disable', 'switch a channel off: its callers get 403').action(switchTo(false))
  oneWritten(channels, 'delete', 'delete a channel').action(deleteChannel)
}

function one(channels: Command, name: string, description: string): Command {
  return channels.command(name).argument('<alias>', 'name of the channel').description(description)
}

function oneWritten(channels: Command, name: string, description: string): Command {
  return one(channels, name, description).addOption(ifRevisionFlag()).addOption(waitAllFlag())
}

function addPut(channels: Command): void {
  oneWritten(channels, 'put', 'create a channel, or replace all of it')
    .requiredOption('--account <id>', 'the account it belongs to')
    .requiredOption('--number <number>', "one of the account's WhatsApp numbers, with its country code")
    .option('--disabled', 'create it switched off')
    .option('--description <text>', 'for people')
    .option('--weight <number>', "its share of the account's limits", readWhole)
    .option('--monthly-calls <number>', 'how many calls it may make in a month', readWhole)
    .option('--label <name=value>', 'a label; may stand several times', collect(readLabel))
    .addHelpText('after', PUT_EXAMPLE)
    .action(putChannel)
}

const PUT_EXAMPLE = `
Example:
  wati-gateway channels put sales --account acme --number "+852 6431-8722" --label team=orders`

interface ListFlags {
  readonly account?: string
  readonly search?: string
}

async function listChannels({ account, search }: ListFlags, command: Command): Promise<void> {
  const items = await all<Channel>(serverOf(command), '/v1/channels', { account, q: search })
  if (wantsJson(command)) {
    printJson({ items, nextCursor: null })
    return
  }
  const lines = table(items, [
    ['alias', ({ alias }) => alias],
    ['account', ({ account }) => account],
    ['number', ({ number }) => number],
    ['enabled', ({ enabled }) => (enabled ? 'yes' : 'no')],
    ['revision', ({ revision }) => revision],
    ['description', ({ description }) => description],
  ])
  print(...lines)
}

async function showChannel(alias: string, _flags: object, command: Command): Promise<void> {
  const { body } = await ask<Channel>(serverOf(command), 'GET', pathOf('channel', alias))
  if (wantsJson(command)) printJson(body)
  else print(...record(body))
}

async function putChannel(alias: string, flags: PutFlags, command: Command): Promise<void> {
  const { account, number, description, weight, monthlyCalls, disabled } = flags
  const labels = flags.label && Object.fromEntries(flags.label)
  const body = { account, number, enabled: disabled !== true, description, weight, monthlyCalls, labels }
  const answer = await write<Channel>(command, 'PUT', pathOf('channel', alias), { body })
  const deed = answer.status === 201 ? 'created' : 'written'
  reportWrite(command, answer, `channel ${alias} ${deed}, revision ${answer.body.revision}`)
}

/** RFC 7396: a merge patch. */
function switchTo(enabled: boolean) {
  return async function switchChannel(alias: string, _flags: object, command: Command): Promise<void> {
    const asked = { body: { enabled }, type: 'application/merge-patch+json' }
    const answer = await write<Channel>(command, 'PATCH', pathOf('channel', alias), asked)
    const deed = enabled ? 'enabled' : 'disabled'
    reportWrite(command, answer, `channel ${alias} ${deed}, revision ${answer.body.revision}`)
  }
}

async function deleteChannel(alias: string, _flags: object, command: Command): Promise<void> {
  reportWrite(
    command,
    await write<undefined>(command, 'DELETE', pathOf('channel', alias)),
    `channel ${alias} deleted`,
  )
}

function readLabel(text: string): readonly [string, string] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be name=value.')
  return [text.slice(0, equals), text.slice(equals + 1)]
}
