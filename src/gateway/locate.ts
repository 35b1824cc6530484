import type { FastifyRequest } from 'fastify'
import { OPERATIONS, type Operation } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import { fold } from '../rewrite/channel-key.ts'

/** What a request's URL means: the one reading of it that permission, rewriting and log share. */
export interface Located {
  readonly operation: Operation
  /** As it stands in the URL; `undefined` at the bare root, where the token names the channel. */
  readonly alias: string | undefined
  /** The segments of Wati's own path, as they stand in the URL: the template's, and what the caller filled in. */
  readonly segments: readonly string[]
  /** The raw query without its `?`. */
  readonly query: string | undefined
  /** What is not well-formed in it, in a sentence: refused when its turn comes, after permission. */
  readonly fault: string | undefined
}

const LONGEST_SEGMENT = 512

/**
 * The words that Wati's own paths are made of. Its router does not mind case: `broadcasts/Overview` would be
 * the overview there, and a broadcast's id here, which has no channel key.
 */
const LITERALS: ReadonlySet<string> = new Set(
  OPERATIONS.flatMap(({ path }) =>
    path
      .split('/')
      .filter((segment) => !isParameter(segment))
      .map(fold),
  ),
)

declare module 'fastify' {
  interface FastifyRequest {
    located: Located
  }
  interface FastifyContextConfig {
    operation?: Operation
  }
}

/** The operation a request is for, `undefined` when it is for none: also of one that never came as far as `locate`. */
export function operationOf(request: FastifyRequest): Operation | undefined {
  const located = request.located as Located | null
  // Fastify puts its `routeOptions` together each time they are asked for.
  return located ? located.operation : request.routeOptions.config.operation
}

/** Hook: what is asked for? The router has found the operation, or none; here its URL is read once, strictly. */
export function locate(request: FastifyRequest): void {
  if (!request.originalUrl.startsWith('/'))
    throw malformed('The request names a whole URL: send only its path.')
  const { operation } = request.routeOptions.config
  if (operation === undefined) throw noOperation(request.originalUrl)
  request.located = readUrl(operation, request.originalUrl)
}

/** Says whether the path cannot be read (400), only the method is wrong (405), or it leads nowhere (404). */
function noOperation(url: string): Refusal {
  if (!isDecodable(url.split('?', 1)[0] ?? ''))
    return malformed('The path holds a percent code that is not valid UTF-8.')
  const allowed = OPERATIONS.filter((operation) => isAt(operation, url)).map(({ method }) => method)
  if (allowed.length === 0) {
    return new Refusal('unknown-operation', 'No operation of Wati that the gateway carries has this path.')
  }
  const allow = [...new Set(allowed)].join(', ')
  return new Refusal('method-not-allowed', `The operation takes ${allow}.`, { headers: { allow } })
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function isAt(operation: Operation, url: string): boolean {
  try {
    readUrl(operation, url)
    return true
  } catch {
    return false
  }
}

/**
 * The router decodes before it compares; other readers of a URL do not. So a path that is written in an
 * unusual way (`%61pi`, `//`, other case) is no operation, and what is odd in the caller's own segments
 * (`%2F`, dot segments, `;`) is a fault that is refused in its turn, before anything is sent.
 */
export function readUrl(operation: Operation, url: string): Located {
  const mark = url.indexOf('?')
  const segments = (mark === -1 ? url : url.slice(0, mark)).split('/')
  const template = operation.segments
  const front = segments.slice(1, segments.length - template.length)
  const own = segments.slice(segments.length - template.length)
  const isWrittenSo = template.every((wanted, index) => isWritten(wanted, own[index] ?? ''))
  if (!isFront(front) || !isWrittenSo) throw notWrittenSo(operation)
  return {
    operation,
    alias: front[0] === 'channels' ? front[1] : undefined,
    segments: own,
    query: mark === -1 ? undefined : url.slice(mark + 1),
    fault:
      faultOf(url) ?? template.map((wanted, index) => faultOfSegment(wanted, own[index] ?? '')).find(Boolean),
  }
}

/** `/channels/{alias}`, a tenant of digits, both, or nothing. */
function isFront(front: readonly string[]): boolean {
  const tenant = front[0] === 'channels' ? front.slice(2) : front
  if (front[0] === 'channels' && (front[1] ?? '') === '') return false
  return tenant.length === 0 || (tenant.length === 1 && /^[0-9]+$/.test(tenant[0] ?? ''))
}

/** Is a segment the template's own, letter for letter, or anything at all where the caller fills one in? */
function isWritten(wanted: string, segment: string): boolean {
  return isParameter(wanted) ? segment !== '' : segment === wanted
}

function isParameter(wanted: string): boolean {
  return wanted.startsWith('{')
}

function faultOf(url: string): string | undefined {
  if (/^\/[\x21\x22\x24-\x7e]*$/.test(url)) return undefined
  return 'The URL must be visible ASCII without "#": percent-encode the rest.'
}

function faultOfSegment(wanted: string, segment: string): string | undefined {
  if (!isParameter(wanted)) return undefined
  if (segment.length > LONGEST_SEGMENT)
    return `The path segment ${wanted} is longer than ${LONGEST_SEGMENT} characters.`
  // Unreserved characters, and the percent codes that do not stand for something a path is cut at.
  if (!/^(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+$/.test(segment)) {
    return `The path segment ${wanted} holds a character that may not stand there.`
  }
  if (LITERALS.has(fold(segment))) return `The path segment ${wanted} is a word of Wati's own paths.`
  if (wanted === '{whatsappNumber}' && /:|%3A/i.test(segment))
    return `The path segment ${wanted} holds a colon.`
  if (/^\.{1,2}$/.test(segment) || /%(?:[01][0-9A-F]|2[5EF]|3[BF]|23|5C|7F)/i.test(segment)) {
    return `The path segment ${wanted} holds an encoded slash, dot, percent or control character.`
  }
  return undefined
}

function notWrittenSo({ method, path }: Operation): Refusal {
  const detail = `The path is not written as the gateway knows it. Did you mean ${method} ${path}?`
  return new Refusal('unknown-operation', detail)
}

function malformed(detail: string): Refusal {
  return new Refusal('malformed-request', detail)
}
