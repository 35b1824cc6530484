import type { FastifyError, FastifyInstance, FastifySchemaValidationError } from 'fastify'
import type { Account } from './account.ts'
import type { Presence } from './contact-book.ts'
import { FAULT_KINDS, type FaultOrder, type Faults } from './faults.ts'
import { OPERATION_NAMES } from './operations.ts'
import type { SeenRequests } from './seen-requests.ts'

/** What the control routes show and change. */
export interface ControlParts {
  readonly account: Account
  readonly faults: Faults
  readonly requests: SeenRequests
}

const WELCOME = `This is a stand-in for Wati, for tests. Nothing sent here reaches WhatsApp.

GET    /_sandbox/messages          what was sent, and from which number; DELETE forgets it
GET    /_sandbox/requests          the last 1000 requests, byte for byte; DELETE forgets them
GET    /_sandbox/chats             the chats whose status or operator was set, and of which number
PUT    /_sandbox/contacts/:number  {"session": "open" or "expired", "onWhatsApp": true or false}
POST   /_sandbox/faults            {"kind": "status", "status": 500}: breaks the next request
GET    /_sandbox/faults            the faults that still wait; DELETE forgets them
`

const FAULT_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: FAULT_KINDS },
    operation: { type: 'string', enum: OPERATION_NAMES },
    status: { type: 'integer', minimum: 200, maximum: 599 },
    body: { type: 'string', maxLength: 100_000 },
    delayMs: { type: 'integer', minimum: 0, maximum: 600_000 },
    retryAfterSeconds: { type: 'integer', minimum: 0, maximum: 86_400 },
    // Only what a header can carry.
    location: { type: 'string', pattern: '^[\\x21-\\x7e]{1,2000}$' },
    accepted: { type: 'boolean' },
    times: { type: 'integer', minimum: 1, maximum: 1_000_000 },
  },
}

const PRESENCE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['session', 'onWhatsApp'],
  properties: {
    session: { type: 'string', enum: ['open', 'expired'] },
    onWhatsApp: { type: 'boolean' },
  },
}

const NUMBER_SCHEMA = {
  type: 'object',
  properties: { number: { type: 'string', pattern: '^[1-9][0-9]{6,14}$' } },
}

/** The routes under `/_sandbox`, by which tests look behind the scenes and break things. No token. */
export async function control(app: FastifyInstance, parts: ControlParts): Promise<void> {
  app.setSchemaErrorFormatter(([first], part) => new Error(sentenceOf(first, part)))
  app.setErrorHandler(function answerMistake(error: FastifyError, _request, reply) {
    return reply.code(error.statusCode ?? 500).send({ error: error.message })
  })
  app.setNotFoundHandler(function answerUnknown(_request, reply) {
    return reply.code(404).send({ error: 'No such route. GET /_sandbox lists them.' })
  })
  app.get('/', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(WELCOME))
  memoryRoutes(app, parts)
  faultRoutes(app, parts.faults)
  app.get('/chats', async () => ({ items: parts.account.chats.list() }))
  app.put<{ Params: { number: string }; Body: Presence }>(
    '/contacts/:number',
    { schema: { params: NUMBER_SCHEMA, body: PRESENCE_SCHEMA } },
    async ({ params, body }) => {
      parts.account.contacts.setPresence(params.number, body)
      return { number: params.number, ...body }
    },
  )
}

function memoryRoutes(app: FastifyInstance, { account, requests }: ControlParts): void {
  app.get('/messages', async () => ({ items: account.messages() }))
  app.delete('/messages', async (_request, reply) => {
    account.clearMessages()
    return reply.code(204).send()
  })
  app.get('/requests', async () => ({ items: requests.list() }))
  app.delete('/requests', async (_request, reply) => {
    requests.clear()
    return reply.code(204).send()
  })
}

function faultRoutes(app: FastifyInstance, faults: Faults): void {
  app.post<{ Body: FaultOrder }>('/faults', { schema: { body: FAULT_SCHEMA } }, async ({ body }, reply) => {
    const fault = faults.add(body)
    return typeof fault === 'string' ? reply.code(400).send({ error: fault }) : reply.code(201).send(fault)
  })
  app.get('/faults', async () => ({ items: faults.list() }))
  app.delete('/faults', async (_request, reply) => {
    faults.clear()
    return reply.code(204).send()
  })
}

function sentenceOf(error: FastifySchemaValidationError | undefined, part: string): string {
  const field = `${part}${error?.instancePath.replaceAll('/', '.') ?? ''}`
  const { additionalProperty, allowedValues } = error?.params ?? {}
  if (typeof additionalProperty === 'string')
    return `The ${field} has an unknown field, ${additionalProperty}.`
  if (Array.isArray(allowedValues)) return `The ${field} must be one of ${allowedValues.join(', ')}.`
  return `The ${field} ${error?.message ?? 'is not valid'}.`
}
