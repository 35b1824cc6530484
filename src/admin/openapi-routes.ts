import type { ProblemName } from '../errors.ts'

/** What the description says of a route, beside what its own schemas say. */
export interface RouteText {
  readonly operationId: string
  readonly tag: keyof typeof TAGS
  readonly summary: string
  /** What a success answers. */
  readonly answer: string
  readonly description?: string
  /** Beside those that every route of its kind can give. */
  readonly refusals?: readonly ProblemName[]
  /** Its answer has an `ETag`; a write takes `If-Match`. */
  readonly revision?: true
}

export const TAGS = {
  accounts: 'Wati accounts: tenant, address, token, limits.',
  channels: 'Business lines: an alias bound to an account and one of its numbers.',
  tokens: "Callers' and admins' tokens (JWT).",
  keys: 'The keys that seal what is stored.',
  audit: 'Who changed what, and when.',
  usage: 'How many calls there were, and what became of them.',
  replicas: 'The replicas, and the directory they share.',
  session: 'The session of an admin on the admin page: a cookie in exchange for a token.',
  operation: 'For whoever runs the gateway; without a token, because the admin listener is private.',
} as const

const ACCOUNT = { tag: 'accounts', answer: 'The account, without its token.', revision: true } as const
const CHANNEL = { tag: 'channels', answer: 'The channel.', revision: true } as const
const UNASKED: readonly ProblemName[] = ['wati-unreachable', 'wati-bad-answer', 'wati-timeout']

/** By method and path, as Fastify has them. */
export const ROUTE_TEXTS: Readonly<Record<string, RouteText>> = {
  'GET /v1/accounts': {
    ...{ operationId: 'listAccounts', tag: 'accounts' },
    summary: 'List the accounts',
    answer: 'A page of accounts, in the order of their ids.',
  },
  'GET /v1/accounts/:account': {
    ...{ ...ACCOUNT, operationId: 'getAccount' },
    summary: 'Read an account',
    refusals: ['not-found'],
  },
  'PUT /v1/accounts/:account': {
    ...{ ...ACCOUNT, operationId: 'putAccount' },
    summary: 'Write an account as a whole',
    description: 'A new account needs `token` or `tokenFrom`; without either a known one keeps its token.',
  },
  'DELETE /v1/accounts/:account': {
    ...{ ...ACCOUNT, operationId: 'deleteAccount', answer: 'It is gone.' },
    summary: 'Delete an account that no channel uses',
    refusals: ['not-found', 'conflict'],
  },
  'PUT /v1/accounts/:account/token': {
    ...{ ...ACCOUNT, operationId: 'putAccountToken' },
    summary: 'Give an account a new token',
    description: 'Wati is asked first whether it takes the token, unless `verify` is `false`.',
    refusals: ['not-found', ...UNASKED],
  },
  'GET /v1/channels': {
    ...{ operationId: 'listChannels', tag: 'channels' },
    summary: 'List the channels',
    answer: 'A page of channels, in the order of their aliases.',
  },
  'GET /v1/channels/:alias': {
    ...{ ...CHANNEL, operationId: 'getChannel' },
    summary: 'Read a channel',
    refusals: ['not-found'],
  },
  'PUT /v1/channels/:alias': {
    ...{ ...CHANNEL, operationId: 'putChannel' },
    summary: 'Write a channel as a whole',
  },
  'PATCH /v1/channels/:alias': {
    ...{ ...CHANNEL, operationId: 'patchChannel' },
    summary: 'Change some fields of a channel',
    description: 'A JSON merge patch (RFC 7396): `null` takes a field away.',
    refusals: ['not-found'],
  },
  'DELETE /v1/channels/:alias': {
    ...{ ...CHANNEL, operationId: 'deleteChannel', answer: 'It is gone.' },
    summary: 'Delete a channel',
    refusals: ['not-found'],
  },
  'POST /v1/channels/:alias/check': {
    ...{ operationId: 'checkChannel', tag: 'channels' },
    summary: 'Ask Wati whether the token and the number of a channel work',
    answer: 'What was found; `ok` when all of it is.',
    refusals: ['not-found'],
  },
  'POST /v1/explain': {
    ...{ operationId: 'explainRequest', tag: 'channels' },
    summary: 'Show what Wati would get of a request, and send nothing',
    answer: 'The request with the token masked, or the refusal that the caller would get.',
  },
  'GET /v1/operations': {
    ...{ operationId: 'listOperations', tag: 'channels' },
    summary: 'List the operations of Wati that a channel can be asked for',
    answer: "All of them, in the order of Wati's versions, with what each needs and where its number goes.",
  },
  'GET /v1/tokens': {
    ...{ operationId: 'listTokens', tag: 'tokens' },
    summary: 'List the tokens that were issued or revoked here',
    answer: 'A page of what is known of tokens, never a token.',
  },
  'POST /v1/tokens': {
    ...{ operationId: 'issueToken', tag: 'tokens' },
    summary: 'Issue a token',
    answer: 'The token, which is shown this once.',
    description: 'Only a gateway with `JWT_SECRET` can: without it the answer is 409.',
    refusals: ['conflict'],
  },
  'DELETE /v1/tokens/:jti': {
    ...{ operationId: 'revokeToken', tag: 'tokens' },
    summary: 'Revoke a token by its jti, wherever it was issued',
    answer: 'It is refused from now on.',
  },
  'GET /v1/keys': {
    ...{ operationId: 'getKeys', tag: 'keys' },
    summary: 'See by which keys everything is sealed',
    answer: 'The ids of the keys, and how far the sealing anew has come.',
  },
  'POST /v1/keys/rotate': {
    ...{ operationId: 'rotateKeys', tag: 'keys' },
    summary: 'Seal everything anew with the first key',
    answer: 'It has begun.',
    description: 'All replicas must have the same first key in `ENCRYPTION_KEYS`: else the answer is 409.',
    refusals: ['conflict'],
  },
  'GET /v1/audit': {
    ...{ operationId: 'listAudit', tag: 'audit' },
    summary: 'Read who changed what',
    answer: 'A page of changes; as JSON Lines all that match, one a line.',
  },
  'GET /v1/usage': {
    ...{ operationId: 'listUsage', tag: 'usage' },
    summary: 'Count the calls, by day, account, channel, caller, operation and outcome',
    answer: 'A page of counts, sorted by their dimensions; as CSV all that match.',
    description: '`groupBy` names what is kept apart; the other dimensions are summed up and left out.',
  },
  'GET /v1/traffic': {
    ...{ operationId: 'listTraffic', tag: 'usage' },
    summary: 'Count the calls of the last hour or day, step by step',
    answer: 'Every step, the oldest first and the running one last, with the calls of all replicas.',
  },
  'GET /v1/replicas': {
    ...{ operationId: 'listReplicas', tag: 'replicas' },
    summary: 'See how far each replica is',
    answer: "The store's newest revision, and that of each replica.",
  },
  'GET /v1/troubles': {
    ...{ operationId: 'listTroubles', tag: 'replicas' },
    summary: 'See what is wrong now, in words',
    answer: 'The troubles, the worst first, none when all is well; it answers while the store is away, too.',
  },
  'GET /v1/directory': {
    ...{ operationId: 'getDirectory', tag: 'replicas' },
    summary: 'See the state of the directory on this replica',
    answer: 'Its state, its size, and the records that cannot be read.',
  },
  'POST /v1/directory/reseed': {
    ...{ operationId: 'reseedDirectory', tag: 'replicas' },
    summary: 'Write the directory back into a store that lost it',
    answer: 'How many records were written.',
    refusals: ['conflict'],
  },
  'GET /v1/session': {
    ...{ operationId: 'getSession', tag: 'session' },
    summary: 'See who calls, and what they may do',
    answer: 'Who calls, by session or by token.',
  },
  'POST /v1/session': {
    ...{ operationId: 'signIn', tag: 'session' },
    summary: 'Sign in: a cookie in exchange for the token of this request',
    answer: 'Who signed in; the session is in the cookie `wati-gateway-session`.',
    refusals: ['cross-site-request'],
  },
  'DELETE /v1/session': {
    ...{ operationId: 'signOut', tag: 'session' },
    summary: 'Sign out: the session is refused from now on',
    answer: 'It is over.',
    refusals: ['cross-site-request'],
  },
  'GET /healthz': {
    ...{ operationId: 'healthz', tag: 'operation' },
    summary: 'Does the process live?',
    answer: 'It does.',
  },
  'GET /readyz': {
    ...{ operationId: 'readyz', tag: 'operation' },
    summary: 'Can the process serve?',
    answer: 'It can; `degraded` while the store is away.',
    refusals: ['store-unavailable', 'shutting-down'],
  },
  'GET /metrics': {
    ...{ operationId: 'metrics', tag: 'operation' },
    summary: 'Read the metrics',
    answer: 'The text format of Prometheus.',
  },
  'GET /openapi.json': {
    ...{ operationId: 'openapi', tag: 'operation' },
    summary: 'Read this description',
    answer: 'OpenAPI 3.1.',
  },
}
