import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** What a Dockerfile's last stage says about running it. */
export interface BuiltImage {
  /** The folder that stands for `/` of the image. */
  readonly root: string
  /** The folder of `WORKDIR`, below `root`. */
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly volumes: readonly string[]
  readonly exposed: readonly string[]
  readonly healthcheck: readonly string[]
  readonly command: readonly string[]
  /** The image each stage starts from, in their order. */
  readonly bases: readonly string[]
  /** The commands of RUN that were not carried out: all of `NOT_CARRIED_OUT`. */
  readonly skipped: readonly string[]
}

/** What needs root or changes nothing that a test can see. Any other command that is not npm's is an error. */
const NOT_CARRIED_OUT = [/^install -d -o \d+ -g \d+ -m 0700 \/\w+$/]

interface Instruction {
  readonly keyword: string
  readonly text: string
}

type Stage = { -readonly [K in keyof Omit<BuiltImage, 'bases' | 'skipped'>]: BuiltImage[K] }

/**
 * Carries out the Dockerfile of `context` in folders below `into`, one for each stage, on the Node at hand.
 * It knows just the instructions and forms that this project uses, and throws at any other, so that
 * nothing is passed over in silence: COPY (through .dockerignore, and --from), RUN of npm, and what the image is told.
 */
export async function buildImage(context: string, into: string): Promise<BuiltImage> {
  const instructions = parse(await readFile(join(context, 'Dockerfile'), 'utf8'))
  const allowed = await readAllowed(context)
  const stages = new Map<string, Stage>()
  const bases: string[] = []
  const skipped: string[] = []
  let stage: Stage | undefined
  for (const { keyword, text } of instructions) {
    if (keyword === 'FROM') {
      const [base = '', as, name] = text.split(' ')
      bases.push(base)
      stage = newStage(join(into, `stage-${bases.length}`))
      if (as === 'AS' && name !== undefined) stages.set(name, stage)
      await mkdir(stage.root, { recursive: true })
      continue
    }
    if (stage === undefined) throw new Error(`${keyword} stands before the first FROM`)
    if (keyword === 'COPY') await copy(stage, text, { context, allowed, stages })
    else if (keyword === 'RUN') skipped.push(...(await run(stage, text)))
    else if (keyword === 'WORKDIR') await mkdir((stage.workdir = join(stage.root, text)), { recursive: true })
    else tell(stage, keyword, text)
  }
  if (stage === undefined) throw new Error('there is no FROM')
  return { ...stage, bases, skipped }
}

/** The environment in which a container would run `image`, on this machine: its own, and what must be ours. */
export function containerEnv(env: Readonly<Record<string, string>>): Record<string, string> {
  // Not NODE_OPTIONS, which holds the tests' loader, nor npm's own variables, nor the bin folders of this checkout.
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(?:HOME|(?:https?|no)_proxy|npm_config_(?:registry|cache|userconfig|globalconfig)|(?:NODE_EXTRA_CA_CERTS|SSL_CERT_FILE))$/i.test(
      name,
    ),
  )
  const path = (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.endsWith('node_modules/.bin'))
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: path.join(':'), ...env }
}

function parse(dockerfile: string): Instruction[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, keyword = '', text = ''] = /^([A-Z]+) +(.+)$/.exec(line.trim()) ?? []
      if (keyword === '') throw new Error(`not an instruction: ${line}`)
      return { keyword, text }
    })
}

function newStage(root: string): Stage {
  return {
    root,
    workdir: root,
    env: {},
    user: undefined,
    volumes: [],
    exposed: [],
    healthcheck: [],
    command: [],
  }
}

/** Instructions that only describe the image. Those with a command have it as JSON, so no shell is involved. */
function tell(stage: Stage, keyword: string, text: string): void {
  switch (keyword) {
    case 'ENV':
      for (const pair of text.split(' ')) {
        const [, name = '', value = ''] = /^(\w+)=([^"'$]*)$/.exec(pair) ?? unknown(keyword, text)
        stage.env = { ...stage.env, [name]: value }
      }
      return
    case 'USER':
      stage.user = text
      return
    case 'VOLUME':
      stage.volumes = JSON.parse(text) as string[]
      return
    case 'EXPOSE':
      stage.exposed = text.split(' ')
      return
    case 'CMD':
      stage.command = JSON.parse(text) as string[]
      return
    case 'HEALTHCHECK': {
      const [, command = ''] = /^(?:--[a-z-]+=\w+ +)*CMD +(.+)$/.exec(text) ?? unknown(keyword, text)
      stage.healthcheck = JSON.parse(command) as string[]
      return
    }
    default:
      unknown(keyword, text)
  }
}

interface Sources {
  readonly context: string
  readonly allowed: readonly string[]
  readonly stages: ReadonlyMap<string, Stage>
}

async function copy(stage: Stage, text: string, { context, allowed, stages }: Sources): Promise<void> {
  const [, from, paths = ''] = /^(?:--from=(\w+) +)?([^-].*)$/.exec(text) ?? unknown('COPY', text)
  const sources = paths.split(' ')
  const target = sources.pop() ?? ''
  const source = from === undefined ? context : stages.get(from)?.root
  if (source === undefined) throw new Error(`COPY --from=${String(from)}: there is no such stage before`)
  if (sources.length > 1 && !target.endsWith('/')) unknown('COPY', text)
  for (const path of sources) {
    if (from === undefined && !allowed.includes(path))
      throw new Error(`${path} is not in the build's context`)
    const to = target.startsWith('/') ? join(stage.root, target) : join(stage.workdir, target)
    // A folder's content is copied, a file under its name.
    const toFile = target.endsWith('/') ? join(to, basename(path)) : to
    await cp(join(source, path), toFile, { recursive: true, verbatimSymlinks: true })
  }
}

/** What .dockerignore leaves of the context: it must begin with `*`, and let in whole names of the first level. */
async function readAllowed(context: string): Promise<string[]> {
  const lines = (await readFile(join(context, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const [first, ...others] = lines
  if (first !== '*' || others.some((line) => !/^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore is more than * and a list of !names')
  const names = await readdir(context)
  return others.map((line) => line.slice(1)).filter((name) => names.includes(name))
}

async function run(stage: Stage, text: string): Promise<string[]> {
  const skipped: string[] = []
  for (const command of text.split(' && ')) {
    if (NOT_CARRIED_OUT.some((pattern) => pattern.test(command))) skipped.push(command)
    else if (/^npm [\w =-]+$/.test(command)) await runNpm(command.split(' ').slice(1), stage)
    else unknown('RUN', command)
  }
  return skipped
}

async function runNpm(args: string[], stage: Stage): Promise<void> {
  const child = spawn('npm', args, { cwd: stage.workdir, env: containerEnv(stage.env) })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${Buffer.concat(output).toString()}`)
}

function unknown(keyword: string, text: string): never {
  throw new Error(`this form is not known here: ${keyword} ${text}`)
}
