import { json, type Answer } from './answer.ts'
import type { BodyType } from './body.ts'
import type { Call } from './call.ts'

/** One endpoint of Wati that the sandbox imitates. */
export interface Operation {
  /** The endpoint's name; v1 and v2 of one name share a rate limit. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Only v1 and v2 have the tenant in their paths, and v3 says no in another way. */
  readonly version: 'v1' | 'v2' | 'v3'
  /** The whole path, in the router's notation. */
  readonly path: string
  /** The kinds of body Wati reads here; `none` is the empty one. */
  readonly bodies: readonly BodyType[]
  /** Gives the answer of a success, throws a `Refusal` for everything else. */
  readonly act: (call: Call) => Answer
}

/** An endpoint and what it does, without the version it belongs to. `act` gives the JSON of a success. */
export type Endpoint = (version: Operation['version'], prefix: string) => Operation

/** Reads JSON out of Wati. */
export function get(name: string, path: string, act: (call: Call) => unknown): Endpoint {
  return endpoint('GET', name, path, ['none'], (call) => json(act(call)))
}

/** Reads a file out of Wati. */
export function getFile(name: string, path: string, act: (call: Call) => Answer): Endpoint {
  return endpoint('GET', name, path, ['none'], act)
}

export function post(
  name: string,
  path: string,
  bodies: readonly BodyType[],
  act: (call: Call) => unknown,
): Endpoint {
  return endpoint('POST', name, path, bodies, (call) => json(act(call)))
}

export function put(name: string, path: string, act: (call: Call) => unknown): Endpoint {
  return endpoint('PUT', name, path, ['json'], (call) => json(act(call)))
}

function endpoint(
  method: Operation['method'],
  name: string,
  path: string,
  bodies: readonly BodyType[],
  act: Operation['act'],
): Endpoint {
  return (version, prefix) => ({ name, method, version, path: `${prefix}/${path}`, bodies, act })
}
