import { ApiRefusal } from './api-failure.ts'
import { type Answer, ask } from './api.ts'
import { describe } from './difference-lines.ts'
import type { Difference } from './differences.ts'
import type { DirectoryFile } from './directory-file.ts'
import { CommandFailure, failed } from './failure.ts'
import { pathOf } from './record-kind.ts'
import type { Server } from './server.ts'

/** What became of a list of differences. */
export interface Outcome {
  readonly done: readonly Difference[]
  /** Not tried any more, the one that failed first. */
  readonly notDone: readonly Difference[]
  readonly warnings: readonly string[]
  /** With `waitAll`: how many replicas have applied all of it. */
  readonly applied: string | undefined
  /** Why it stopped early. */
  readonly failure: CommandFailure | undefined
}

interface How {
  /** Where the fields of the records stand. */
  readonly file: DirectoryFile
  /** Let the last change wait for all replicas: they apply changes in order, so all before it are in force, too. */
  readonly waitAll: boolean
  /** Hears the lines of each difference as soon as it is no more. */
  readonly onDone: (...lines: string[]) => void
}

/** Makes one change after the other, and stops at the first that fails. */
export async function carryOut(server: Server, found: readonly Difference[], how: How): Promise<Outcome> {
  const warnings: string[] = []
  let applied: string | undefined
  for (const [index, difference] of found.entries()) {
    const waitAll = how.waitAll && index === found.length - 1
    try {
      const answer = await change(server, difference, { file: how.file, waitAll })
      applied = answer.applied
      warnings.push(...(answer.body?.warnings ?? []).map((warning) => `${difference.id}: ${warning}`))
      how.onDone(...describe(difference))
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error
      const failure = explain(difference, error)
      return { done: found.slice(0, index), notDone: found.slice(index), warnings, applied, failure }
    }
  }
  return { done: found, notDone: [], warnings, applied, failure: undefined }
}

type Written = { readonly warnings?: readonly string[] } | undefined

async function change(
  server: Server,
  { change, kind, id, revision }: Difference,
  { file, waitAll }: { file: DirectoryFile; waitAll: boolean },
): Promise<Answer<Written>> {
  const asked = { ifRevision: revision, query: { wait: waitAll ? 'all' : undefined } }
  if (change === 'delete') return await ask(server, 'DELETE', pathOf(kind, id), asked)
  return await ask(server, 'PUT', pathOf(kind, id), { ...asked, body: file[kind]?.get(id) ?? {} })
}

function explain({ kind, id }: Difference, error: CommandFailure): CommandFailure {
  if (error instanceof ApiRefusal && error.status === 412) {
    return failed(
      `Somebody else changed the ${kind} ${id} after it was compared: run apply again. ${error.message}`,
    )
  }
  return failed(`${kind} ${id}: ${error.message}`, error)
}
