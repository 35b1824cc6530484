import { constants, fstatSync, openSync, write as writeFile } from 'node:fs'
import { Socket } from 'node:net'
import { type DestinationStream, type Logger, symbols } from 'pino'

/** Where the bytes go. `done` hears how many have gone, and what stopped the others. */
export type Outlet = (
  bytes: Buffer,
  done: (error: NodeJS.ErrnoException | null, gone: number) => void,
) => void

/** What is written at a time. */
const CHUNK_BYTES = 65_536
/** Lines of everyday life wait so long for others that leave with them. */
const GATHER_MS = 10
/** When a disk is full: how long until it is tried again. */
const RETRY_MS = 200
/** Lines of everyday life leave this part of the buffer to warnings. */
const FOR_WARNINGS = 0.1
/** pino's number of the level `warn`. */
const WARN = 40

/**
 * The log on its way out. Writing never waits: lines are kept in memory while nobody takes them, up to a limit, and
 * beyond that the newest are dropped and counted. Lines of some milliseconds leave together; a warning takes with it what
 * waits.
 */
export class LogOutput implements DestinationStream {
  /** Set by pino before each line. */
  lastLevel = 0
  /** Called when lines leave again after some were dropped, with how many those were. */
  onFlowing: (dropped: number) => void = () => undefined
  readonly #outlet: Outlet
  readonly #limitBytes: number
  #lines: string[] = []
  /** Of the lines that wait and of those that are being written. */
  #bytes = 0
  #isWriting = false
  #gathering: NodeJS.Timeout | undefined
  #isUrgent = false
  #isGone = false
  #dropped = 0
  #droppedUnsaid = 0
  #whenEmpty: (() => void)[] = []

  constructor(outlet: Outlet, limitBytes: number) {
    this.#outlet = outlet
    this.#limitBytes = limitBytes
    // Asks pino to set `lastLevel`.
    Object.defineProperty(this, Symbol.for('pino.metadata'), { value: true })
  }

  /** How many lines nobody got since the start. */
  get dropped(): number {
    return this.#dropped
  }

  write(line: string): void {
    const bytes = Buffer.byteLength(line)
    const limit = this.lastLevel >= WARN ? this.#limitBytes : this.#limitBytes * (1 - FOR_WARNINGS)
    if (this.#isGone || this.#bytes + bytes > limit) {
      this.#drop(1)
      return
    }
    this.#lines.push(line)
    this.#bytes += bytes
    if (this.#isUrgent) return
    this.#isUrgent = this.lastLevel >= WARN
    if (this.#isWriting) return
    if (this.#isUrgent) setImmediate(() => this.#next())
    else this.#gather()
  }

  /** Resolves when everything has left, or after `limitMs`: then the process may end. */
  async flush(limitMs: number): Promise<void> {
    this.#next()
    if (this.#bytes === 0 || this.#isGone) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      this.#whenEmpty.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => this.#next(), GATHER_MS)
  }

  #next(): void {
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    if (this.#isWriting) return
    this.#isUrgent = false
    if (this.#lines.length === 0) return
    let [count, length] = [0, 0]
    while (count < this.#lines.length && length < CHUNK_BYTES) length += this.#lines[count++]?.length ?? 0
    this.#send(Buffer.from(this.#lines.splice(0, count).join('')))
  }

  #send(bytes: Buffer): void {
    this.#isWriting = true
    this.#outlet(bytes, (error, gone) => {
      this.#isWriting = false
      this.#bytes -= gone
      const rest = bytes.subarray(gone)
      if (error !== null && isForGood(error)) this.#giveUp(rest)
      else if (error !== null) this.#later(rest)
      else if (rest.length > 0) this.#send(rest)
      else this.#flowed()
    })
  }

  #later(rest: Buffer): void {
    this.#isWriting = true
    setTimeout(() => this.#send(rest), RETRY_MS).unref()
  }

  #flowed(): void {
    if (this.#droppedUnsaid > 0 && this.#bytes < this.#limitBytes / 2) {
      const dropped = this.#droppedUnsaid
      this.#droppedUnsaid = 0
      this.onFlowing(dropped)
    }
    const isAwaited = this.#isUrgent || this.#whenEmpty.length > 0
    if (this.#bytes === 0) this.#wake()
    else if (isAwaited || this.#bytes >= CHUNK_BYTES) this.#next()
    else this.#gather()
  }

  /** The reader is gone and does not come back. */
  #giveUp(rest: Buffer): void {
    this.#isGone = true
    this.#drop(this.#lines.length + rest.toString().split('\n').length - 1)
    this.#lines = []
    this.#bytes = 0
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#whenEmpty.splice(0)) wake()
  }

  #drop(lines: number): void {
    this.#dropped += lines
    this.#droppedUnsaid += lines
  }
}

function isForGood({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'EBADF' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED'
}

/** What writes the log to where a process writes: its standard output, unless another descriptor is given. */
export function openLogOutput(limitBytes: number, fd = 1): LogOutput {
  return new LogOutput(outletOf(fd), limitBytes)
}

/** How many lines of a logger nobody got. */
export function droppedLines(log: Logger): number {
  const stream = (log as { [symbols.streamSym]?: unknown })[symbols.streamSym]
  return stream instanceof LogOutput ? stream.dropped : 0
}

/**
 * A write to a pipe that is full blocks a thread until its reader reads, and Node cannot end while it does: so pipes
 * and sockets are written without blocking. Files never block for long.
 */
function outletOf(fd: number): Outlet {
  try {
    const stat = fstatSync(fd)
    if (stat.isFIFO()) return socketOutlet(openOnceMore(fd))
    if (stat.isSocket()) return socketOutlet(fd)
  } catch {
    // A closed descriptor, or a kind that Node does not know: then writing says what is wrong.
  }
  return (bytes, done) => writeFile(fd, bytes, 0, bytes.length, null, (error, gone) => done(error, gone))
}

/** The same pipe with flags of its own: whoever shares the descriptor would not expect that it no longer blocks. */
function openOnceMore(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK)
  } catch {
    return fd
  }
}

function socketOutlet(fd: number): Outlet {
  const socket = new Socket({ fd, readable: false, writable: true })
  // Each write hears of its own failure.
  socket.on('error', () => undefined)
  return (bytes, done) => {
    socket.write(bytes, (error) => done(error ?? null, error ? 0 : bytes.length))
  }
}
