import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { FastifyReply } from 'fastify'
import { empty, json, text, type Answer } from './answer.ts'
import type { Fault } from './faults.ts'
import { SESSION_EXPIRED } from './session-messages.ts'

const ERROR_PAGE = '<!DOCTYPE html>\n<html><head><title>Wati</title></head><body>Not the API.</body></html>\n'
const ELSEWHERE = 'https://login.sandbox.invalid/'

/**
 * Does to one request what the fault says. Gives the answer to send, or `undefined` when the connection
 * itself was broken or is kept waiting; then the reply is taken out of the server's hands.
 *
 * `ordinary` lets Wati do its work and gives its answer; `closing` cuts waits short.
 */
export async function breakRequest(
  fault: Fault,
  ordinary: () => Answer,
  reply: FastifyReply,
  closing: AbortSignal,
): Promise<Answer | undefined> {
  if (fault.accepted === true) ordinary()
  switch (fault.kind) {
    case 'status':
      return statusAnswer(fault)
    case 'html':
      return page(fault.body ?? ERROR_PAGE, fault.status ?? 200)
    case 'redirect':
      return { status: fault.status ?? 302, headers: { location: fault.location ?? ELSEWHERE }, body: '' }
    case 'unauthorized':
      return worded(fault.body, 401)
    case 'session-expired':
      return SESSION_EXPIRED
    case 'rate-limited':
      return withRetryAfter(worded(fault.body, 429), fault.retryAfterSeconds)
    case 'plain-text':
      return asPlainText(ordinary())
    case 'delay':
      if (await passes(fault.delayMs, closing)) return ordinary()
      reply.hijack()
      return undefined
    case 'silence':
      reply.hijack()
      return undefined
    case 'reset':
      hangUp(socketOf(reply))
      return undefined
    case 'garbage':
      socketOf(reply).end(fault.body ?? 'This is not HTTP.\r\n\r\n')
      return undefined
    case 'truncate':
      cutShort(reply, ordinary())
      return undefined
  }
}

/** An answer that says when to come again; Wati says so only sometimes. */
export function withRetryAfter(answer: Answer, seconds: number | undefined): Answer {
  if (seconds === undefined) return answer
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } }
}

/** The same JSON, under the type that some of Wati's answers have. A file keeps its own. */
export function asPlainText(answer: Answer): Answer {
  if (typeof answer.body !== 'string') return answer
  return { ...answer, headers: { ...answer.headers, 'content-type': 'text/plain; charset=utf-8' } }
}

function statusAnswer(fault: Fault): Answer {
  const status = fault.status ?? 500
  return withRetryAfter(worded(fault.body, status), fault.retryAfterSeconds)
}

function page(html: string, status: number): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: html }
}

/** The body that the user wrote, byte for byte, under the type it looks like. */
function worded(body: string | undefined, status: number): Answer {
  if (body === undefined) return empty(status)
  return isJson(body) ? { ...json(null, status), body } : text(body, status)
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}

/** Announces the whole answer, sends half of it, and hangs up. */
function cutShort(reply: FastifyReply, answer: Answer): void {
  const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body
  const socket = socketOf(reply)
  reply.raw.writeHead(answer.status, { ...answer.headers, 'content-length': bytes.length + 1 })
  reply.raw.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => socket.destroy())
}

/** Waits. False when the sandbox closed before the time had passed. */
async function passes(delayMs: number | undefined, closing: AbortSignal): Promise<boolean> {
  try {
    await setTimeout(delayMs, undefined, { signal: closing })
    return true
  } catch {
    return false
  }
}

/** A reset where the socket is TCP's own; a TLS socket can only be destroyed. */
function hangUp(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

function socketOf(reply: FastifyReply): Socket {
  reply.hijack()
  return reply.request.raw.socket
}
