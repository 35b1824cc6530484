/** ioredis gave up waiting for an answer. */
export const isTimeout = (error: unknown) => error instanceof Error && error.message === 'Command timed out'

/** ioredis walks through its list of Sentinels once, over many connections, and calls its end a failure. */
export const isEndOfList = (error: unknown) =>
  error instanceof Error && /^All sentinels are unreachable\. Retrying [^.]*\.$/.test(error.message)

const NO_ANSWER = 'no answer in time'
const LOST = 'the connection was lost'
const NO_SENTINEL = 'no Sentinel tells where the server is'

/** What the client says, and what it means. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^Command timed out$|^timeout$/, NO_ANSWER],
  [/^Reached the max retries|^Stream isn't writeable|^Connection is closed/, LOST],
  [/^Cluster isn't ready/, LOST],
  [/^All sentinels are unreachable/, NO_SENTINEL],
  [/^connected to sentinel (\S+) successfully/, 'the Sentinel $1 knows no server of this name'],
  [/^MOVED /, 'this is a node of a Redis Cluster: it needs REDIS_CLUSTER, not REDIS_URL'],
]

/** These say what failed; a Sentinel or a node may have said why. */
export const isVague = (reason: string) => reason === NO_ANSWER || reason === NO_SENTINEL

/** Why a connection or a command failed, in words that hold no argument of the command. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) return whyUnasked(error.lastNodeError)
  if (error.name === 'AbortError') return NO_ANSWER
  const { message } = error
  const [, sentinel, because] = /^failed to connect to sentinel (\S+) because (.*)$/s.exec(message) ?? []
  if (sentinel !== undefined) return `the Sentinel ${sentinel}: ${whyUnasked(new Error(because))}`
  for (const [pattern, meaning] of MEANINGS) {
    const [whole, part = ''] = pattern.exec(message) ?? []
    if (whole !== undefined) return meaning.replace('$1', part)
  }
  // A server repeats the arguments of a command that it does not know, and that may be AUTH.
  // An AggregateError (a host with several addresses) has no message, only a code.
  return message.replace(/,? with args beginning with.*/s, '') || codeOf(error)
}

/**
 * Why a Sentinel or a node could not be asked for the others. Of a connection that could not even be made
 * (refused, a certificate that does not hold) ioredis keeps the true reason to itself.
 */
export function whyUnasked(error: unknown): string {
  const reason = reasonOf(error)
  return reason === LOST ? 'no connection' : reason
}

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.name
