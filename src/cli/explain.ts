import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { type Command, InvalidArgumentError } from 'commander'
import { ask } from './api.ts'
import { wrongUsage } from './failure.ts'
import { print, printJson } from './output.ts'
import { serverOf, wantsJson } from './server.ts'
import { table } from './table.ts'
import { collect } from './writing.ts'

interface ExplainFlags {
  readonly header?: readonly (readonly [string, string])[]
  readonly body?: string
  readonly bodyFile?: string
}

interface Explanation {
  readonly request?: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string | readonly string[]>>
    readonly body?: string | null
  }
  readonly changes?: readonly {
    readonly where: string
    readonly name: string
    readonly action: string
    readonly value?: unknown
  }[]
  readonly refusal?: { readonly status: number; readonly type: string; readonly detail: string }
}

/** `wati-gateway explain …` */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .argument('<alias>', 'name of the channel')
    .argument('<method>', 'GET, POST or PUT')
    .argument(
      '<path>',
      "Wati's own path with its query, such as /api/v1/sendTemplateMessage?whatsappNumber=…",
    )
    .description('show the exact request Wati would get, without sending it')
    .option('--header <name: value>', 'a header of the caller; may stand several times', collect(readHeader))
    .option('--body <text>', "the caller's body")
    .option('--body-file <path>', "the file with the caller's body; - is the standard input")
    .addHelpText('after', EXAMPLE)
    .action(explain)
}

const EXAMPLE = `
A body without a Content-Type header is taken for JSON. Example:
  wati-gateway explain sales POST "/api/v1/sendTemplateMessage?whatsappNumber=5521988887777" \\
    --body '{"template_name":"order_shipped","broadcast_name":"orders","parameters":[]}'`

async function explain(
  channel: string,
  method: string,
  path: string,
  flags: ExplainFlags,
  command: Command,
): Promise<void> {
  const body = await readBody(flags)
  const headers = Object.fromEntries(flags.header ?? [])
  const typed = body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' }
  const asked = { channel, method: method.toUpperCase(), path, headers: { ...typed, ...headers }, body }
  const answer = await ask<Explanation>(serverOf(command), 'POST', '/v1/explain', { body: asked })
  if (wantsJson(command)) printJson(answer.body)
  else print(...describe(answer.body))
}

function describe({ request, changes = [], refusal }: Explanation): string[] {
  if (refusal !== undefined) {
    const name = refusal.type.replace(/^urn:wati-gateway:problem:/, '')
    return [`The gateway would refuse it: ${refusal.detail} (${refusal.status} ${name})`]
  }
  if (request === undefined) return []
  const headers = Object.entries(request.headers).map(
    ([name, value]) => `${name}: ${[value].flat().join(', ')}`,
  )
  const body = request.body == null || request.body === '' ? [] : ['', ...request.body.split('\n')]
  const rows = table(changes, [
    ['where', ({ where }) => where],
    ['name', ({ name }) => name],
    ['action', ({ action }) => action],
    ['value', ({ value }) => value],
  ])
  return [`${request.method} ${request.url}`, ...headers, ...body, '', 'What the gateway changed:', ...rows]
}

async function readBody({ body, bodyFile }: ExplainFlags): Promise<string | undefined> {
  if (body !== undefined && bodyFile !== undefined)
    throw wrongUsage('Give only one of --body and --body-file.')
  if (bodyFile === undefined) return body
  if (bodyFile === '-') return await text(process.stdin)
  return await readFile(bodyFile, 'utf8').catch((error: unknown) => {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    throw wrongUsage(`The file of --body-file cannot be read (${code}).`)
  })
}

function readHeader(text: string): readonly [string, string] {
  const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be "name: value".')
  return [name.toLowerCase(), value]
}
