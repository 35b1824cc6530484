import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { type IncomingMessage, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type GatewayProgram, SALES_NUMBER, setUp, startGateway, token } from './processes.ts'
import { folderOf } from '../helpers/folder.ts'

const MIB = 1024 * 1024
const FILE_BYTES = 256 * MIB
const UPLOADS = 4
const END_BYTES = 400
const MORE_MEMORY_BYTES = 64 * MIB
/** When garbage is collected differs by 20 MiB from run to run; what is held is there in each. */
const RUNS = 3
const BOUNDARY = 'a-large-upload-0123456789'
const FRONT = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`
const END = `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="target"\r\n\r\n5511988887777\r\n--${BOUNDARY}--\r\n`

t.test(
  'four uploads of 256 MB at once take less than 64 MB more memory than none',
  { skip: existsSync('/proc/self/status') ? false : 'the memory of another process is read from /proc' },
  async (t) => {
    const wati = await startDiscard(t)
    const more: number[] = []
    while (more.length < RUNS) more.push(await memoryOfUploads(t, wati))
    const [, median = NaN] = more.toSorted((one, other) => one - other)
    t.ok(median < MORE_MEMORY_BYTES, `${more.map(inMiB).join(', ')} MiB more than before`)
  },
)

/** How much more memory the process of a new gateway takes while files are uploaded through it. */
async function memoryOfUploads(t: Test, wati: Discard): Promise<number> {
  const gateway = await startGateway(t, {
    DATA_DIR: mkdtempSync(join(folderOf(t), 'data-')),
    WATI_HOSTS: wati.url,
    UPLOAD_LIMIT_BYTES: String(FILE_BYTES + MIB),
  })
  await setUp(gateway, wati.url)
  await upload(gateway, MIB)
  const before = residentBytes(gateway)
  let highest = before
  const watch = setInterval(() => (highest = Math.max(highest, residentBytes(gateway))), 50)
  t.teardown(() => clearInterval(watch))
  wati.seen.length = 0
  const statuses = await Promise.all(Array.from({ length: UPLOADS }, () => upload(gateway, FILE_BYTES)))
  clearInterval(watch)
  t.strictSame(statuses, [200, 200, 200, 200])
  t.equal(wati.seen.length, UPLOADS)
  for (const { bytes, end } of wati.seen) {
    t.ok(bytes > FILE_BYTES && bytes < FILE_BYTES + 1_000, 'all of the file reached Wati')
    t.match(end, `\r\n${SALES_NUMBER}:5511988887777\r\n`, 'and the channel behind it')
  }
  await gateway.stop()
  return highest - before
}

const inMiB = (bytes: number): number => Math.round(bytes / MIB)

interface Body {
  readonly bytes: number
  /** The last bytes of it, one character each. */
  readonly end: string
}

interface Discard {
  readonly url: string
  readonly seen: Body[]
}

/** A far end that counts the bytes of each body and lets go of all but the last. */
async function startDiscard(t: Test): Promise<Discard> {
  const seen: Body[] = []
  const server = createServer((incoming, response) => {
    let bytes = 0
    let end = ''
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      end = (end + chunk.toString('latin1', Math.max(0, chunk.length - END_BYTES))).slice(-END_BYTES)
    })
    incoming.on('end', () => {
      seen.push({ bytes, end })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function upload({ data }: GatewayProgram, fileBytes: number): Promise<number> {
  const outgoing = request(`${data}/channels/sales/api/ext/v3/conversations/messages/file`, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${token({ sub: 'shop', channels: ['sales'], scope: 'messages:send' })}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': FRONT.length + fileBytes + END.length,
    },
  })
  const answered = once(outgoing, 'response')
  outgoing.write(FRONT)
  const piece = Buffer.alloc(256 * 1024, 'x\r\n--')
  for (let sent = 0; sent < fileBytes; sent += piece.length) {
    if (!outgoing.write(piece)) await once(outgoing, 'drain')
  }
  outgoing.end(END)
  const [incoming] = (await answered) as [IncomingMessage]
  incoming.resume()
  return incoming.statusCode ?? 0
}

/** What a process holds in memory now. */
function residentBytes(gateway: GatewayProgram): number {
  const status = readFileSync(`/proc/${gateway.process.pid ?? 0}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
