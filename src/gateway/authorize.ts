import type { FastifyRequest } from 'fastify'
import { mayUse } from '../domain/caller.ts'
import { Refusal } from '../errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The alias the request acts for, once the caller may use it. */
    alias: string
  }
}

/** Hook: may they use this alias, and for this? Decided before anything is looked up. */
export function authorize(request: FastifyRequest): void {
  const { caller, located } = request
  const alias = located.alias ?? caller.channel
  if (alias === undefined) {
    throw new Refusal(
      'channel-forbidden',
      'Only a token with a channel claim can call without /channels/{alias}: name the channel in the path.',
    )
  }
  // The same answer whether the alias exists or not, so that nobody can list the aliases by asking.
  if (!mayUse(caller, alias)) {
    throw new Refusal(
      'channel-forbidden',
      'The token does not allow this channel: ask for one whose channels name it.',
    )
  }
  const { scope } = located.operation
  if (!caller.scopes.has(scope)) {
    throw new Refusal('scope-missing', `The operation needs the scope ${scope}: ask for a token that has it.`)
  }
  request.alias = alias
}
