import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What a loop of commits runs with, beside itself. */
const SOURCES = ['src/directory', 'src/domain'] as const

/** A process that commits to a store until it is killed: `commit-loop.ts`, `write-loop.ts`. */
export interface CommitProcess {
  /** Every revision that was acknowledged. */
  readonly acknowledged: readonly number[]
  /** What it said beside those revisions. */
  readonly notes: ReadonlyMap<number, string>
  /** The sentence with which it ended by itself. */
  readonly failure: () => string | undefined
  /** Resolves when at least so many commits were acknowledged, or the process ended. */
  commits(count: number): Promise<void>
  /** Ends it as a crash would (SIGKILL). */
  kill(): Promise<void>
  pause(): void
  readonly ended: Promise<void>
}

/**
 * Makes JavaScript of what a loop needs, in a folder of its own, and gives its path there:
 * a child that had to load the compiler would take more than a second to start.
 */
export async function compileLoop(
  t: { teardown(done: () => Promise<void>): void },
  loop: 'commit-loop' | 'write-loop',
): Promise<string> {
  // Inside the project, where packages are found.
  await mkdir(join(ROOT, '.tap'), { recursive: true })
  const folder = await mkdtemp(join(ROOT, '.tap/loop-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const main = `test/helpers/${loop}.ts`
  const listed = SOURCES.map(async (part) =>
    (await readdir(join(ROOT, part))).map((name) => join(part, name)),
  )
  for (const source of [...(await Promise.all(listed)).flat(), 'src/errors.ts', main]) {
    const { outputText } = ts.transpileModule(await readFile(join(ROOT, source), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    })
    const path = join(folder, source.replace(/ts$/, 'js'))
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, outputText)
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return join(folder, main.replace(/ts$/, 'js'))
}

/** Starts a loop with its arguments. With `maxFileKiB` a longer file cannot be written, as on a full disk. */
export function startCommits(
  t: { teardown(done: () => Promise<void>): void },
  loop: string,
  loopArguments: readonly string[],
  maxFileKiB?: number,
): CommitProcess {
  const command = [process.execPath, loop, ...loopArguments]
  const limited = ['bash', '-c', `ulimit -f ${maxFileKiB} && exec "$@"`, 'bash', ...command]
  const [program = '', ...args] = maxFileKiB === undefined ? command : limited
  // No environment: NODE_OPTIONS may hold the loader that the compiled loop does without.
  const child = spawn(program, args, { env: {}, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const acknowledged: number[] = []
  const notes = new Map<number, string>()
  let failure: string | undefined
  lines.on('line', (line) => {
    const [, revision, note = ''] = /^(\d+)(?: (.+))?$/.exec(line) ?? []
    if (revision === undefined) failure = line
    else {
      acknowledged.push(Number(revision))
      notes.set(Number(revision), note)
    }
  })
  const ended = once(lines, 'close').then(() => {})
  const kill = async () => {
    child.kill('SIGKILL')
    await Promise.all([ended, exited(child)])
  }
  t.teardown(kill)
  return {
    ...{ acknowledged, notes },
    failure: () => failure,
    commits: async (count) => {
      while (acknowledged.length < count && failure === undefined)
        await Promise.race([once(lines, 'line'), ended])
    },
    kill,
    pause: () => void child.kill('SIGSTOP'),
    ended,
  }
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
