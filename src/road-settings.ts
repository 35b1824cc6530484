import { Type } from '@sinclair/typebox'
import { bytes, milliseconds } from './setting-kinds.ts'

/** The settings of what a request meets on its road: Wati, bodies, keys, turns, limits of time and room, counts. */
export const ROAD_SETTINGS = {
  WATI_HOSTS: Type.String({
    default: '*.wati.io',
    description:
      "where an account's baseUrl may point: hosts, *.domain, host:port or origins, separated by commas",
  }),
  WATI_CONNECT_TIMEOUT_MS: milliseconds(5_000, 'the longest wait for a connection to Wati'),
  WATI_TIMEOUT_MS: milliseconds(
    30_000,
    "the longest wait for the first byte of Wati's answer, and the longest silence in it",
  ),
  WATI_ANSWER_TIMEOUT_MS: milliseconds(
    300_000,
    "the longest time for the whole of Wati's answer, up to the last byte that the caller took",
  ),
  WATI_IN_FLIGHT_LIMIT: Type.Integer({
    default: 500,
    minimum: 1,
    maximum: 100_000,
    description: 'how many requests of one account may be on their way to Wati at a time in one process',
  }),
  WATI_BREAKER_FAILURES: Type.Integer({
    default: 10,
    minimum: 1,
    maximum: 10_000,
    description:
      'so many failures of Wati without a success in between, and requests of the account are refused at once',
  }),
  WATI_BREAKER_WINDOW_MS: milliseconds(30_000, 'how long a failure of Wati counts'),
  WATI_BREAKER_OPEN_MS: milliseconds(
    5_000,
    'how long requests of an account are refused before one of them tries Wati again',
  ),
  BODY_LIMIT_BYTES: bytes(1_048_576, 'the largest body a caller may send'),
  UPLOAD_LIMIT_BYTES: bytes(104_857_600, 'the largest multipart body a caller may send; it flows through'),
  UPLOAD_READ_AHEAD_BYTES: bytes(
    33_554_432,
    'how much of all multipart bodies is held while Wati does not take them, to notice callers that hang up; of one, half of it',
  ),
  ANSWER_INSPECT_LIMIT_BYTES: bytes(
    65_536,
    'JSON answers of Wati up to this size are looked into for their outcome',
  ),
  CHANNEL_KEY_CONFLICT: Type.Union([Type.Literal('override'), Type.Literal('reject')], {
    default: 'override',
    description: 'when a caller names another number: override (the URL wins) or reject (409)',
  }),
  IDEMPOTENCY_KEPT_HOURS: Type.Integer({
    default: 24,
    minimum: 1,
    maximum: 8_760,
    description: 'how long the outcome of a request with an Idempotency-Key is kept, to be replayed',
  }),
  IDEMPOTENCY_LEASE_MS: Type.Integer({
    default: 15_000,
    minimum: 100,
    maximum: 600_000,
    description: 'how long a key stays with a gateway that fell silent: then the outcome counts as unknown',
  }),
  IDEMPOTENCY_ANSWER_LIMIT_BYTES: Type.Integer({
    default: 1_048_576,
    minimum: 1,
    maximum: 16_777_216,
    description: 'the largest answer that is kept whole under an Idempotency-Key',
  }),
  PACE_MAX_WAIT_MS: Type.Integer({
    default: 2_000,
    minimum: 0,
    maximum: 60_000,
    description:
      "the longest a request waits for its turn at Wati's limits when it did not ask for another wait",
  }),
  PACE_QUEUE_LIMIT: Type.Integer({
    default: 1_000,
    minimum: 1,
    maximum: 100_000,
    description: 'how many requests of one account may wait at a time in one process',
  }),
  PACE_LEAVE_WITHIN_MS: Type.Integer({
    default: 200,
    minimum: 20,
    maximum: 900,
    description: "how long after its turn a request may leave; as much is added to Wati's windows",
  }),
  REQUEST_HEADERS_TIMEOUT_MS: milliseconds(10_000, "the longest wait for all of a request's header"),
  REQUEST_TIMEOUT_MS: milliseconds(120_000, 'the longest wait for all of a request, its body included'),
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(72_000, 'how long an idle connection of a caller stays open'),
  ANSWER_TIMEOUT_MS: milliseconds(60_000, 'the longest wait for a caller to take all of its answer'),
  CONNECTION_LIMIT: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'how many connections each plane takes at a time; more are closed at once',
  }),
  OVERLOAD_EVENT_LOOP_DELAY_MS: milliseconds(
    1_000,
    'when the event loop has been late by so much for a second, requests are refused (503 overloaded)',
  ),
  OVERLOAD_MEMORY_PERCENT: Type.Integer({
    default: 90,
    minimum: 1,
    maximum: 100,
    description:
      'when so much of the memory that V8 or the container allows is in use, requests are refused (503 overloaded)',
  }),
  USAGE_FLUSH_MS: Type.Integer({
    default: 1_000,
    minimum: 10,
    maximum: 60_000,
    description:
      'how often the counts of calls are written to the store: a crash loses at most the last of them',
  }),
  USAGE_KEPT_DAYS: Type.Integer({
    default: 400,
    minimum: 32,
    maximum: 4_000,
    description: 'how many days the counts of calls are kept',
  }),
  USAGE_KEYS_PER_DAY: Type.Integer({
    default: 20_000,
    minimum: 100,
    maximum: 1_000_000,
    description:
      'how many combinations of account, channel, caller, operation and outcome are kept apart a day; then callers are counted together',
  }),
}
