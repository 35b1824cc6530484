import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CAN_PIN, type Core, LOAD_CORE, type Program, startServer } from './program.ts'

/** What all measurements of one run share: a folder, the upstream, and the servers that were started. */
export interface Scene {
  readonly folder: string
  /** The upstream's address. */
  readonly upstream: string
  /** Options of Node for gateways. */
  readonly nodeArgs: readonly string[]
  /** Gives the server of that name; starts it when it is asked for first. */
  once<T extends Program>(name: string, start: () => Promise<T>): Promise<T>
  /** Pins a process that was started without. */
  pin(pid: number, core: Core): void
  teardown(done: () => Promise<void>): void
  /** Ends all that was started. */
  close(): Promise<void>
}

export async function openScene(nodeArgs: readonly string[] = []): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const started = new Map<string, Promise<Program>>()
  const teardowns: (() => Promise<void>)[] = []
  const upstream = await startServer('upstream.ts', { core: LOAD_CORE })
  teardowns.push(() => upstream.stop())
  const once = async <T extends Program>(name: string, start: () => Promise<T>): Promise<T> => {
    const running = started.get(name) ?? start()
    started.set(name, running)
    return (await running) as T
  }
  const close = async (): Promise<void> => {
    // One that could not start has ended already.
    await Promise.allSettled([...started.values()].map(async (program) => (await program).stop()))
    for (const done of teardowns.toReversed()) await done()
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    ...{ folder, upstream: upstream.url, nodeArgs, once, close },
    pin: (pid, core) => {
      if (CAN_PIN && core !== undefined) spawnSync('taskset', ['-a', '-cp', String(core), String(pid)])
    },
    teardown: (done) => void teardowns.push(done),
  }
}
