import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../faults/replicas.ts'
import { type Seen, type Sent, sendTo } from '../helpers/http-client.ts'
import { beginUpload } from '../helpers/uploading.ts'
import { type Sort, type Told, judge, lineOf } from './judge.ts'
import { ENDLESS_FILE } from './recording-wati.ts'
import type { Life } from './replica.ts'
import { type Kind, KINDS, UPLOAD_PATH, bearer, uploadOf } from './requests.ts'
import type { Scene } from './scene.ts'

/** Somebody who asks one thing of one process, and keeps book of what came of it. */
export type Caller = (scene: Scene, life: Life, random: () => number) => Promise<void>

/** Longer than `ANSWER_TIMEOUT_MS` of the scene, also where the machine is busy. */
const TAKES_NOTHING_MS = 6_000
const LONGEST_BEFORE_ABORT_MS = 60
const UPLOAD_BYTES = 200_000

const newTryId = (): string => randomBytes(16).toString('hex')
export const traceparent = (tryId: string): { traceparent: string } => ({
  traceparent: `00-${tryId}-00f067aa0ba902b7-01`,
})

/** Asks, waits for the answer and judges it. */
export function callerOf(name: string, { sort, make }: Kind): Caller {
  return async (scene, life, random) => {
    const tryId = newTryId()
    const from = performance.now()
    const told = await hear(life, sort, traced(make(random), tryId))
    note(scene, life, { name, tryId, from, told })
  }
}

const traced = (sent: Sent, tryId: string): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...traceparent(tryId) },
})

async function hear({ gateway, agent }: Life, sort: Sort, sent: Sent): Promise<Told> {
  try {
    return toldOf(sort, await sendTo(gateway.data, { ...sent, agent }))
  } catch (error) {
    return { sort, status: 0, problem: '', outcome: '', text: String(error), complete: false }
  }
}

function toldOf(sort: Sort, { status, headers, text, body, complete }: Seen): Told {
  const isProblem = headers['content-type']?.startsWith('application/problem+json') === true
  const said = headers['wati-gateway-outcome'] ?? (isProblem ? body['outcome'] : undefined)
  return {
    ...{ sort, status, text, complete },
    problem: isProblem ? String(body['type']).replace('urn:wati-gateway:problem:', '') : '',
    outcome: typeof said === 'string' ? said : '',
  }
}

interface Tried {
  readonly name: string
  readonly tryId: string
  readonly from: number
  readonly told: Told
}

function note({ wati, troubles, ledger }: Scene, life: Life, { name, tryId, from, told }: Tried): void {
  const line = lineOf(told)
  ledger.count(name, told.complete || told.status === 0 ? line : `${line}, broken off`)
  const during = troubles.during(from, performance.now())
  const visits = wati.visitsOf(tryId)
  const verdict = judge(told, visits, { troubles: during, killed: life.wasKilled })
  if (verdict === 'right') return
  const deeds = visits.map(({ deed, whole }) => (whole ? deed : `${deed}, not whole`)).join(', ') || 'nothing'
  const tookMs = Math.round(performance.now() - from)
  const context = `at ${life.name} after ${tookMs} ms; Wati did: ${deeds}; troubles: ${[...during].join(' ')} (${troubles.now})`
  ledger.accuse(verdict, `${name} heard ${line}: ${told.text.slice(0, 300)} – ${context}`, from)
}

/** Hangs up soon after, wherever that is. Nobody hears the answer, but what reached Wati counts. */
const hangUp: Caller = async ({ ledger }, { gateway }, random) => {
  const names = Object.keys(KINDS)
  const sent = KINDS[names[Math.floor(random() * names.length)] ?? '']?.make(random)
  if (sent === undefined) return
  const signal = AbortSignal.timeout(Math.floor(random() * LONGEST_BEFORE_ABORT_MS))
  await sendTo(gateway.data, { ...traced(sent, newTryId()), signal }).catch(() => undefined)
  ledger.count('hung up', 'gone')
}

/** Hangs up in mid-upload: it may not come whole to Wati. */
const leaveUpload: Caller = async ({ ledger, leftUploads }, { gateway }, random) => {
  const tryId = newTryId()
  const form = uploadOf(UPLOAD_BYTES)
  const { authorization } = bearer()
  const upload = beginUpload(gateway.data, UPLOAD_PATH, authorization.replace('Bearer ', ''), form.length)
  upload.request.setHeader('traceparent', traceparent(tryId).traceparent)
  await upload.write(form.slice(0, Math.floor(random() * (form.length - 1))))
  await sleep(random() * LONGEST_BEFORE_ABORT_MS)
  upload.request.destroy()
  leftUploads.add(tryId)
  ledger.count('upload left', 'gone')
}

/** Asks for a file and does not take it: has to be cut off, so that the whole never comes. */
const takeNothing: Caller = async (scene, life) => {
  const tryId = newTryId()
  const from = performance.now()
  const path = `/channels/sales/api/v1/getMedia?fileName=${ENDLESS_FILE}`
  const headers = { ...bearer(), ...traceparent(tryId) }
  const pauseMs = (status: number): number => (status === 200 ? TAKES_NOTHING_MS : 0)
  const told = await hear(life, 'slow', { method: 'GET', path, headers, pauseMs })
  note(scene, life, { name: 'slow reader', tryId, from, told })
}

let changes = 0

/** An admin changes something: the replicas follow. Only Redis can stand in the way. */
const change: Caller = async ({ ledger, troubles }, life) => {
  const from = performance.now()
  const body = { description: `no. ${++changes}` }
  const status = await ask(life.gateway, 'PATCH', '/v1/channels/spare', body).then(
    (answer) => answer.status,
    () => 0,
  )
  ledger.count('change', String(status))
  const isAway = troubles.during(from, performance.now()).has('redis')
  const isRight = status === 200 || (status === 503 && isAway) || (status === 0 && life.wasKilled)
  if (!isRight) ledger.accuse('failure', `a change heard ${status} at ${life.name} (${troubles.now})`, from)
}

/** Those beside the plain ones, with how many of a thousand. */
export const SPECIAL: readonly (readonly [Caller, number])[] = [
  [hangUp, 30],
  [leaveUpload, 12],
  [takeNothing, 4],
  [change, 20],
]
export { takeNothing, leaveUpload }
