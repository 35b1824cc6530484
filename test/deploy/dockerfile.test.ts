import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { type BuiltImage, buildImage, containerEnv } from '../helpers/dockerfile.ts'
import { folderOf } from '../helpers/folder.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SECRET = 'a secret of the deployment test, long enough'

t.setTimeout(300_000)

/** The image is built once, by carrying out the Dockerfile in empty folders; each test looks at one side of it. */
t.test('the image', async (t) => {
  const image = await buildImage(ROOT, folderOf(t))

  t.test('is of Node 24, pinned to a minor version, in every stage', async (t) => {
    t.equal(new Set(image.bases).size, 1)
    for (const base of image.bases) t.match(base, /^node:24\.\d+-bookworm-slim$/)
  })

  t.test('runs without root, as the owner of its volume', async (t) => {
    const [uid, gid] = (image.user ?? '').split(':').map(Number)
    t.ok(uid !== undefined && uid > 0 && gid !== undefined && gid > 0, `user ${String(image.user)}`)
    t.same(image.volumes, [image.env['DATA_DIR']])
    t.same(image.skipped, [`install -d -o ${uid} -g ${gid} -m 0700 ${image.volumes[0]}`])
  })

  t.test('listens to the outside on both ports', async (t) => {
    t.match(image.env, { HOST: '0.0.0.0', ADMIN_HOST: '0.0.0.0', NODE_ENV: 'production' })
    t.same(image.exposed, ['8080', '8081'])
  })

  t.test('holds the manifest, the build and the parts it needs, and nothing else', async (t) => {
    t.same((await readdir(image.workdir)).sort(), ['dist', 'node_modules', 'package.json'])
    const installed = Object.keys(lockOf(join(image.workdir, 'node_modules/.package-lock.json')))
    const locked = lockOf(join(ROOT, 'package-lock.json'))
    t.ok(installed.includes('node_modules/fastify'))
    t.same(
      installed.filter((path) => locked[path]?.dev === true),
      [],
      'no development dependency',
    )
    for (const name of ['typescript', 'tap']) t.notOk(installed.includes(`node_modules/${name}`), name)
  })

  t.test('starts, is healthy, and stops with exit code 0 at SIGTERM', async (t) => {
    const running = start(t, image, image.command, gatewaySettings(image))
    const { data, control } = await running.listening()
    t.equal(await statusOf(`${data}/healthz`), 200)
    t.equal(await statusOf(`${control}/healthz`), 200)
    const { port } = new URL(data)
    t.equal(healthcheck(image, port), 0, 'the health check finds it alive')
    running.stop()
    t.same(await running.exit, [0, null])
    t.not(healthcheck(image, port), 0, 'the health check finds it gone')
  })

  t.test('does not start without a key for tokens: exit code 78', async (t) => {
    const running = start(t, image, image.command, { ...gatewaySettings(image), JWT_SECRET: '' })
    t.same(await running.exit, [78, null])
  })

  t.test('has the commands that the compose file and .env.example call', async (t) => {
    const sandbox = start(t, image, ['node', 'dist/cli/main.js', 'sandbox', '--port', '0'], {})
    t.match(await sandbox.line(), /^A stand-in Wati listens at http:\/\/127\.0\.0\.1:\d+\./)
    sandbox.stop()
    t.same(await sandbox.exit, [0, null])
    const keys = start(t, image, ['node', 'dist/cli/main.js', 'keys', 'generate', '--id', 'k1'], {})
    t.match(await keys.line(), /^k1:[A-Za-z0-9+/]{43}=$/)
    t.same(await keys.exit, [0, null])
  })
})

function lockOf(path: string): Record<string, { dev?: boolean }> {
  return (JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, { dev?: boolean }> }).packages
}

/** On the loopback and free ports, with the volume where the image has it. */
function gatewaySettings(image: BuiltImage): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: '0',
    DATA_DIR: join(image.root, image.env['DATA_DIR'] ?? ''),
    JWT_SECRET: SECRET,
  }
}

interface Running {
  /** The next line it prints, or what it said while it failed. */
  line(): Promise<string>
  /** The addresses of both planes, out of their "accepts requests" lines. */
  listening(): Promise<{ data: string; control: string }>
  stop(): void
  /** Exit code and signal. */
  readonly exit: Promise<unknown[]>
}

function start(
  t: Test,
  image: BuiltImage,
  command: readonly string[],
  settings: Record<string, string>,
): Running {
  const [program = '', ...args] = command
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(program, args, {
    cwd: image.workdir,
    env: containerEnv({ ...image.env, ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const complaints: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const line = async (): Promise<string> => {
    const next = await lines.next()
    if (next.done === true) throw new Error(`it ended: ${Buffer.concat(complaints).toString()}`)
    return next.value
  }
  const listening = async () => {
    const addresses: Record<string, string> = {}
    while (addresses['data'] === undefined || addresses['control'] === undefined) {
      const entry = JSON.parse(await line()) as { plane?: string; addresses?: string[]; msg: string }
      if (entry.msg.endsWith('accepts requests'))
        addresses[entry.plane ?? ''] = `http://${entry.addresses?.[0]}`
    }
    return { data: addresses['data'], control: addresses['control'] }
  }
  return { line, listening, stop: () => void child.kill('SIGTERM'), exit }
}

async function statusOf(url: string): Promise<number> {
  const answer = await fetch(url)
  await answer.arrayBuffer()
  return answer.status
}

function healthcheck(image: BuiltImage, port: string): number | null {
  const [program = '', ...args] = image.healthcheck
  const env = containerEnv({ ...image.env, PORT: port })
  return spawnSync(program, args, { env, cwd: image.workdir, timeout: 10_000 }).status
}
