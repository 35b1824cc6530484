import { readFileSync } from 'node:fs'
import { type Socket, connect } from 'node:net'
import { quantile } from './median.ts'

/*
 * A load at a constant rate, in a process of its own: `open-loop.ts FILE` with an `Order` in the file. Request i is
 * meant to leave at i / rate, whatever became of those before it, and its time counts from then: a server that
 * stalls is not spared the requests that it kept from leaving ("coordinated omission"). Prints a `Latencies`.
 */

export interface Order {
  readonly host: string
  readonly port: number
  /** Whole requests, sent in turn. */
  readonly requests: readonly string[]
  readonly perSecond: number
  /** Sent at the same rate before, and not measured: connections are opened, and the load's own code gets warm. */
  readonly warmUpSeconds: number
  readonly seconds: number
  readonly connections: number
}

/** In milliseconds. */
export interface Latencies {
  readonly answered: number
  readonly refused: number
  /** Not answered when the time was over and five seconds had passed: counted with five seconds. */
  readonly unanswered: number
  readonly p50: number
  readonly p99: number
  readonly most: number
  /** How late requests left although a connection was free: the load's own fault, 99th percentile. */
  readonly lateP99: number
}

/** How long answers are waited for when all has been sent. */
const PATIENCE_MS = 5_000

const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Order
const requests = order.requests.map((request) => Buffer.from(request))
const warmUp = Math.floor(order.perSecond * order.warmUpSeconds)
const count = warmUp + Math.floor(order.perSecond * order.seconds)
const msBetween = 1000 / order.perSecond
const tookMs: number[] = []
const lateMs: number[] = []
const free: Connection[] = []
let [sent, answered, refused, startedAt] = [0, 0, 0, 0]

class Connection {
  readonly #socket: Socket
  #held = ''
  #meantFor = 0
  #isMeasured = false
  /** Since when it has nothing to do. */
  freeAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk.toString('latin1')))
    socket.on('error', () => undefined)
  }

  send(request: Buffer, meantFor: number, isMeasured: boolean): void {
    this.#meantFor = meantFor
    this.#isMeasured = isMeasured
    this.#socket.write(request)
  }

  #take(chunk: string): void {
    this.#held += chunk
    if (!isWhole(this.#held)) return
    answered++
    if (this.#isMeasured) tookMs.push(performance.now() - this.#meantFor)
    if (!this.#held.startsWith('HTTP/1.1 200 ')) refused++
    this.#held = ''
    this.freeAt = performance.now()
    free.push(this)
    sendWhatIsDue()
  }
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1]
  return length === undefined
    ? answer.endsWith('\r\n0\r\n\r\n')
    : answer.length >= headEnd + 4 + Number(length)
}

/** All whose time has come, as far as there are connections. */
function sendWhatIsDue(): void {
  const now = performance.now()
  while (sent < count && startedAt + sent * msBetween <= now) {
    const connection = free.pop()
    if (connection === undefined) return
    const meantFor = startedAt + sent * msBetween
    const isMeasured = sent >= warmUp
    if (isMeasured) lateMs.push(now - Math.max(meantFor, connection.freeAt))
    connection.send(requests[sent % requests.length] ?? Buffer.alloc(0), meantFor, isMeasured)
    sent++
  }
}

function tick(): void {
  sendWhatIsDue()
  const latest = startedAt + (order.warmUpSeconds + order.seconds) * 1000 + PATIENCE_MS
  const isOver = answered === count || performance.now() > latest
  if (isOver) report()
  else setTimeout(tick, 1)
}

function report(): never {
  const unanswered = count - answered
  // They took that long at least: left out, they would make the slowest server look fast.
  for (let i = 0; i < unanswered; i++) tookMs.push(PATIENCE_MS)
  const latencies: Latencies = {
    ...{ answered, refused, unanswered },
    ...{ p50: quantile(tookMs, 0.5), p99: quantile(tookMs, 0.99), most: quantile(tookMs, 1) },
    lateP99: quantile(lateMs, 0.99),
  }
  process.stdout.write(`${JSON.stringify(latencies)}\n`)
  process.exit(0)
}

for (let i = 0; i < order.connections; i++) {
  const socket = connect(order.port, order.host)
  await new Promise((resolve) => socket.once('connect', resolve))
  free.push(new Connection(socket))
}
startedAt = performance.now()
tick()
