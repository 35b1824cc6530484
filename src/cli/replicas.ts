import type { Command } from 'commander'
import { ask } from './api.ts'
import { print, printJson } from './output.ts'
import { serverOf, wantsJson } from './server.ts'
import { table } from './table.ts'

interface Replicas {
  readonly head: number
  readonly items: readonly {
    readonly id: string
    readonly revision: number
    readonly appliedAt?: string
    readonly seenAt?: string
    readonly address?: string
  }[]
}

/** `wati-gateway replicas` */
export function addReplicas(program: Command): void {
  program
    .command('replicas')
    .description('which replicas there are, and how far each has applied the changes')
    .action(listReplicas)
}

async function listReplicas(_flags: object, command: Command): Promise<void> {
  const { body } = await ask<Replicas>(serverOf(command), 'GET', '/v1/replicas')
  if (wantsJson(command)) {
    printJson(body)
    return
  }
  const rows = table(body.items, [
    ['id', ({ id }) => id],
    ['revision', ({ revision }) => revision],
    ['behind', ({ revision }) => body.head - revision],
    ['applied', ({ appliedAt }) => appliedAt],
    ['seen', ({ seenAt }) => seenAt],
    ['address', ({ address }) => address],
  ])
  print(`The directory is at revision ${body.head}.`, ...rows)
}
