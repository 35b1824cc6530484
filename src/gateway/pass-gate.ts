import type { FastifyRequest } from 'fastify'
import { writes } from '../domain/operation.ts'
import type { GateCall, WatiGate } from '../wati/gate.ts'
import type { Step } from './step.ts'

/**
 * Makes the hook: is there any use in calling Wati for this account? If not it is said at once, before the request
 * waits for its turn. It passes the gate itself in `send`. Without a gate all pass, on roads that send nothing.
 */
export function makeAskGate(gate: WatiGate | undefined): Step {
  return function askGate(request) {
    gate?.check(gateCallOf(request))
  }
}

export function gateCallOf({ account, located }: FastifyRequest): GateCall {
  const { operation } = located
  return { account, endpoint: operation.name, isWrite: writes(operation) }
}
