import type { DoneFuncWithErrOrRes, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import { writes } from '../domain/operation.ts'
import { Refusal } from '../errors.ts'
import type { Claim } from '../idempotency/claim.ts'
import type { FormPrint } from '../idempotency/fingerprint.ts'
import type { Begun, Idempotency, Try } from '../idempotency/idempotency.ts'
import { readKey } from '../idempotency/key.ts'
import type { KeptOutcome } from '../idempotency/kept-outcome.ts'
import { Malformed } from '../rewrite/malformed.ts'
import { MultipartReader } from '../rewrite/multipart-reader.ts'
import { proxyStatus } from '../wati/wati-failure.ts'
import { answer } from './answer.ts'
import { whenDone } from './log-request.ts'
import type { Upload } from './upload.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The key of a write, while the request has it to itself; `undefined` without one. */
    idempotency: Claim | undefined
    /** How the key decided, when the request was not sent for its sake; for the log. */
    idempotent: 'replayed' | 'in-flight' | 'mismatch' | undefined
  }
}

/**
 * Makes the hook: is it the first try with its `Idempotency-Key`? Of any other it answers what became of the first.
 * Without an `Idempotency` no key is kept, for roads that send nothing.
 */
export function makeClaimKey(idempotency: Idempotency | undefined): onRequestHookHandler {
  return function claimKey(request, reply, done) {
    const key = readKey(request.raw.rawHeaders)
    if (idempotency === undefined || key === undefined || !writes(request.located.operation)) done()
    else claim(idempotency, key, request, reply).then((isFirst) => isFirst && done(), done)
  }
}

/** Says whether it is the first try; any other is answered here. */
async function claim(
  idempotency: Idempotency,
  key: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<boolean> {
  const begin = (): Promise<Begun> => idempotency.begin(tryOf(request, key))
  const begun = await request.times.waiting(begin).catch((error: unknown) => {
    throw error instanceof Malformed ? new Refusal('malformed-request', error.message) : error
  })
  if (begun.kind === 'claimed') {
    request.idempotency = begun.claim
    whenDone(request, reply, () => void abandonWhenOver(request))
    return true
  }
  replay(begun, request, reply)
  return false
}

/** A caller may hang up just as its request sets out: what is on its way ends by itself. */
async function abandonWhenOver({ underWay, idempotency }: FastifyRequest): Promise<void> {
  await underWay
  await idempotency?.abandon()
}

/** Hook: a request that is refused before it was sent leaves its key free, before its caller can know of it. */
export function releaseUnsent(
  request: FastifyRequest,
  _reply: FastifyReply,
  _payload: unknown,
  done: DoneFuncWithErrOrRes,
): void {
  const claim = request.idempotency as Claim | null | undefined
  if (claim) claim.abandon().then(() => done(), done)
  else done()
}

/** What the caller sent, not what Wati would get. */
function tryOf({ caller, alias, located, received }: FastifyRequest, key: string): Try {
  const { operation, segments, query = '' } = located
  const { bodyType, body, upload } = received
  return {
    owner: { caller: caller.sub, alias, key },
    asked: {
      method: operation.method,
      template: operation.path,
      path: segments.join('/'),
      query,
      bodyType,
    },
    body: upload === undefined ? body : (print) => readForm(upload, print),
  }
}

async function readForm({ bytes, boundary }: Upload, print: FormPrint): Promise<void> {
  const reader = new MultipartReader(bytes, boundary, print)
  while ((await reader.nextPart()) !== undefined) {
    const content = reader.content()
    // The fingerprint is taken as it is read.
    while ((await content.next()).done !== true);
  }
}

function replay(
  begun: Exclude<Begun, { kind: 'claimed' }>,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  switch (begun.kind) {
    case 'in-flight':
      request.idempotent = 'in-flight'
      throw new Refusal(
        'idempotency-in-flight',
        'A request with this Idempotency-Key is still under way: try again, with the same key, to hear its outcome.',
        { headers: { 'retry-after': '1' } },
      )
    case 'mismatch':
      request.idempotent = 'mismatch'
      throw new Refusal(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another request: a new request needs a new key.',
      )
    case 'unknown':
      request.idempotent = 'replayed'
      throw unknownOutcome()
    case 'kept':
      request.idempotent = 'replayed'
      return giveAgain(begun.outcome, request, reply)
  }
}

const REPLAYED = { 'idempotency-replayed': 'true' }

function giveAgain(kept: KeptOutcome, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, outcome, body } = kept
  if (body !== undefined) {
    return answer(request, reply, { status, headers: { ...headers, ...REPLAYED }, outcome, body })
  }
  const detail = `Wati answered the first try with this key with ${status}, too large to be kept. Nothing was sent again.`
  throw new Refusal('wati-bad-answer', detail, {
    headers: {
      ...REPLAYED,
      'wati-gateway-outcome': outcome,
      'proxy-status': proxyStatus('http_response_body_size'),
    },
    outcome,
  })
}

/** Nobody knows the answer of the first try: the gateway that sent it was stopped hard, or cannot reach the store. */
function unknownOutcome(): Refusal {
  const detail =
    'It is not known whether Wati carried out the first try with this Idempotency-Key, and nothing was sent again: ' +
    'look before you send it with another key.'
  return new Refusal('wati-timeout', detail, {
    headers: { ...REPLAYED, 'proxy-status': proxyStatus('http_response_timeout') },
    outcome: 'unknown',
  })
}
