import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readRedisAddress } from '../directory/redis-address.ts'
import { RedisConnection } from '../directory/redis-connection.ts'
import { checkRedis } from '../directory/redis-health.ts'
import type { Finding } from '../finding.ts'
import type { Settings } from '../settings-schema.ts'

const MEBIBYTE = 1_048_576
const FREE_WARN_BYTES = 1_024 * MEBIBYTE
const FREE_FAIL_BYTES = 64 * MEBIBYTE

/** Is the store of accounts and channels there, and does it keep them? */
export async function checkStore(settings: Settings): Promise<Finding[]> {
  const address = readRedisAddress(settings)
  if (address === undefined) return await checkFolder(resolve(settings.DATA_DIR))
  const connection = new RedisConnection({
    address,
    commandTimeoutMs: settings.REDIS_TIMEOUT_MS,
    connectTimeoutMs: settings.REDIS_TIMEOUT_MS,
    // What fails is told by the check itself.
    onError: () => undefined,
  })
  try {
    return await checkRedis(connection)
  } finally {
    connection.close()
  }
}

async function checkFolder(folder: string): Promise<Finding[]> {
  const name = `the folder ${folder} (DATA_DIR)`
  const mode = await modeOf(folder)
  if (mode === undefined) return await checkPlaceFor(folder, name)
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR) {
    return [{ level: 'fail', what: `${name} is no folder`, advice: 'lead DATA_DIR to a folder' }]
  }
  return [
    await judgeWriting(folder, name),
    judgeMode(name, mode, 0o007, 'warn', `chmod 700 ${folder}`, 'is open to every user of the machine'),
    ...(await checkKeyFile(join(folder, 'encryption.key'))),
    await judgeSpace(folder, name),
  ]
}

/** A folder that is not there yet is made on the first start, if its place allows that. */
async function checkPlaceFor(folder: string, name: string): Promise<Finding[]> {
  let place = dirname(folder)
  while ((await modeOf(place)) === undefined) place = dirname(place)
  const writing = await judgeWriting(place, `the place of ${name}, ${place},`)
  if (writing.level !== 'ok') return [writing]
  return [{ level: 'ok', what: `${name} is not there yet and can be made` }, await judgeSpace(place, name)]
}

async function judgeWriting(folder: string, name: string): Promise<Finding> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return { level: 'ok', what: `${name} can be written` }
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const advice = `make it writable for the user of the gateway (uid ${process.getuid?.() ?? 'unknown'})`
    return { level: 'fail', what: `${name} cannot be written (${code})`, advice }
  }
}

function judgeMode(
  name: string,
  mode: number,
  forbidden: number,
  level: 'warn' | 'fail',
  advice: string,
  what: string,
): Finding {
  if ((mode & forbidden) === 0) return { level: 'ok', what: `${name} is closed to others` }
  return { level, what: `${name} ${what}`, advice }
}

async function checkKeyFile(path: string): Promise<Finding[]> {
  const mode = await modeOf(path)
  if (mode === undefined) return []
  const what = 'can be read by others than its owner'
  return [judgeMode(`the key ${path}`, mode, 0o077, 'fail', `chmod 600 ${path}, then rotate the key`, what)]
}

async function judgeSpace(folder: string, name: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const what = `${name} has ${Math.floor(free / MEBIBYTE)} MiB free`
  if (free >= FREE_WARN_BYTES) return { level: 'ok', what }
  return {
    level: free < FREE_FAIL_BYTES ? 'fail' : 'warn',
    what,
    advice: 'make room: changes that cannot be written are refused',
  }
}

/** `undefined` when there is no such file. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode
  } catch {
    return undefined
  }
}
