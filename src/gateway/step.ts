import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'

/** A step of the road. Refuses by throwing or rejecting; gives a promise only when it really has to wait. */
export type Step = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void

type StepHook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

/** A step as a hook of Fastify: one that does not wait does not cost a turn of the microtask queue either. */
export function step(act: Step): StepHook {
  const hook: StepHook = (request, reply, done) => {
    const waiting = act(request, reply)
    if (waiting === undefined) done()
    else waiting.then(() => done(), done)
  }
  // What prints the routes with their guards shows it.
  return Object.defineProperty(hook, 'name', { value: act.name })
}
