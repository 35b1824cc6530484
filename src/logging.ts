import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'

/**
 * What may be logged. Log calls name each field themselves, so that nothing slips in with an object;
 * of an error only what is written here passes, because clients hang commands and headers onto theirs.
 */
export const loggerOptions: LoggerOptions = {
  base: null,
  timestamp: makeTimestamp(),
  formatters: { level: (label) => ({ level: label }) },
  // Fastify hands whole requests to some of its own lines: URLs with their queries must not pass.
  serializers: { err: (error: unknown) => describeError(error), req: () => undefined, res: () => undefined },
}

/** The time of a line, as pino puts it in. Lines of one millisecond share it. */
function makeTimestamp(): () => string {
  let at = NaN
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) text = `,"time":"${new Date(now).toISOString()}"`
    at = now
    return text
  }
}

export function makeLogger(level: string, destination?: DestinationStream): Logger {
  return destination ? pino({ ...loggerOptions, level }, destination) : pino({ ...loggerOptions, level })
}

/** Causes behind causes are told this far: a chain can be a circle. */
const DEEPEST_CAUSE = 5

function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    type: error.name,
    message: error.message,
    ...('code' in error && { code: error.code }),
    stack: error.stack,
    ...(error.cause !== undefined &&
      depth < DEEPEST_CAUSE && { cause: describeError(error.cause, depth + 1) }),
  }
}
