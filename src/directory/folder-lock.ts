import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * Only one process may use the folder. Node has no flock(2), and a file with a process id goes stale:
 * here the lock is a listening socket, which the kernel closes when its process ends, however it ends.
 *
 * The sockets lie in folders lock.1, lock.2, …; the newest holds the lock for as long as it answers.
 * Whoever finds it dead adds the next one. A folder is made under another name, with its socket already
 * listening, and renamed: a rename onto a folder that is not empty fails, so each number is given once.
 * The newest is never removed, not even on release, so numbers only grow, and a process that acts on an
 * old view of them finds a newer one afterwards and steps back.
 */

const PREFIX = 'lock.'
const SOCKET = 's'
/** A socket's path has at most 103 bytes on macOS, 107 on Linux (sockaddr_un). */
const MAX_SOCKET_PATH_BYTES = 100
const MAX_TRIES = 20

export interface FolderLock {
  release(): void
}

/** Somebody else, of this process or another, has the lock. */
export class FolderInUse extends Error {}

/**
 * Takes the lock of a folder, at once or not at all: throws an `Error` with a sentence when another store
 * has it, of this process or another. It does not keep the process alive.
 *
 * @param folder an absolute path without symbolic links, so that every process calls it the same
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const place = await placeOfLock(folder)
  const draft = join(place, `draft.${randomBytes(4).toString('hex')}`)
  const server = createServer((socket) => socket.destroy())
  try {
    await mkdir(draft, { mode: 0o700 })
    await listen(server, join(draft, SOCKET))
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const newest = await newestLock(place)
      if (newest > 0 && (await answers(join(place, `${PREFIX}${newest}`, SOCKET)))) {
        throw new FolderInUse(`The folder ${folder} is in use: only one gateway, and only once, may use it.`)
      }
      if (await claim(place, draft, newest + 1)) return { release: () => server.close() }
    }
    throw new Error(`The folder ${folder} could not be locked: too many processes try at once.`)
  } catch (error) {
    server.close()
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** The folder itself; a short one elsewhere when the path would be too long for a socket. */
async function placeOfLock(folder: string): Promise<string> {
  const longest = join(folder, 'draft.00000000', SOCKET)
  if (Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES) return folder
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const place = join(tmpdir(), `wati-gateway-${name}`)
  await mkdir(place, { recursive: true, mode: 0o700 })
  return place
}

/** Gives the draft its number. False when the number is taken, or was outrun by a newer one. */
async function claim(place: string, draft: string, number: number): Promise<boolean> {
  const mine = join(place, `${PREFIX}${number}`)
  try {
    await rename(draft, mine)
  } catch (error) {
    if (isCode(error, 'ENOTEMPTY', 'EEXIST')) return false
    throw error
  }
  if ((await newestLock(place)) > number) {
    await rename(mine, draft)
    return false
  }
  await removeOlder(place, number)
  return true
}

/** 0 when there is none. */
async function newestLock(place: string): Promise<number> {
  const names = await readdir(place)
  return Math.max(0, ...names.map(numberOf))
}

function numberOf(name: string): number {
  return name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) || 0 : 0
}

async function removeOlder(place: string, number: number): Promise<void> {
  const old = (await readdir(place)).filter((name) => numberOf(name) > 0 && numberOf(name) < number)
  for (const name of old) {
    // Another process may do the same, or just have put its draft there: both will notice.
    await unlink(join(place, name, SOCKET)).catch(() => {})
    await rmdir(join(place, name)).catch(() => {})
  }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path)
  await once(server, 'listening')
  server.unref()
}

/** Does somebody listen? Only a refused connection or a missing file say no. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch (error) {
    if (isCode(error, 'ECONNREFUSED', 'ENOENT')) return false
    // EAGAIN: its queue is full of others who ask. EACCES: it belongs to another user.
    return true
  } finally {
    socket.destroy()
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}
