import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import type { Logger } from 'pino'
import { type RunningGateway, startGateway } from './app.ts'
import { WrongSettings, readSettings } from './config.ts'
import { openLogOutput } from './log-output.ts'
import { makeLogger } from './logging.ts'
import type { Settings } from './settings-schema.ts'

/** sysexits.h, EX_CONFIG */
const EXIT_WRONG_SETTINGS = 78
/** How long the end waits for somebody to take the last lines of the log. */
const LAST_LINES_MS = 500

/** Ctrl-C reaches the program from the terminal and once more from npm: that is one signal. */
const SAME_SIGNAL_MS = 1_000

/** What is kept of SHUTDOWN_TIMEOUT_MS to write the last counts, spans and lines once all calls are over. */
const TIME_TO_COUNT_MS = 3_000

// The buffers of uploads are let go of when V8 sweeps its young heap. At its usual 16 MiB that happens so seldom
// that four large uploads hold over 64 MiB of them; at 2 MiB, 34 to 47 were measured.
setFlagsFromString('--max-semi-space-size=2')
// V8 lets a heap of this size grow to four times what is alive before it looks for garbage: 100,000 channels, 55 MB,
// made the process 280 MiB large. At twice that, 200; it is swept more often then, but hardly ever while it serves.
setFlagsFromString('--heap-growing-percent=100')

const settings = readSettingsOrExit()
const output = openLogOutput(settings.LOG_BUFFER_BYTES)
const log = makeLogger(settings.LOG_LEVEL, output)
output.onFlowing = (dropped) => {
  log.warn({ alarm: 'log-dropped', dropped }, 'nobody took the log for a while: lines were dropped')
}
// What nobody caught leaves the process in a state nobody knows: say it, and let the supervisor start anew.
process.on('uncaughtException', (err) => void exitWith(1, { err }, 'the gateway failed'))
try {
  const starting = startGateway(settings, log)
  // Set before the start has ended: process 1 of a container has no default that would end it.
  stopOnSignal(starting, settings, log)
  await starting
} catch (err) {
  await exitWith(1, { err }, `the gateway cannot start: ${err instanceof Error ? err.message : String(err)}`)
}

function readSettingsOrExit(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error
    for (const mistake of error.mistakes) process.stderr.write(`${mistake}\n`)
    process.exit(EXIT_WRONG_SETTINGS)
  }
}

function stopOnSignal(starting: Promise<RunningGateway>, settings: Settings, log: Logger): void {
  const { SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS } = settings
  if (SHUTDOWN_DELAY_MS >= SHUTDOWN_TIMEOUT_MS) {
    log.warn('SHUTDOWN_DELAY_MS is not less than SHUTDOWN_TIMEOUT_MS: a signal will end requests under way')
  }
  let askedAt: number | undefined
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (askedAt !== undefined) {
      if (performance.now() - askedAt < SAME_SIGNAL_MS) return
      await exitWith(1, { signal }, 'the gateway was told twice to stop: it ends at once')
    }
    askedAt = performance.now()
    const latest = askedAt + SHUTDOWN_TIMEOUT_MS
    log.info({ signal }, 'the gateway stops: requests under way are finished first')
    setTimeout(() => void exitWith(1, {}, 'the gateway did not stop in time'), SHUTDOWN_TIMEOUT_MS).unref()
    const gateway = await starting
    gateway.drain()
    await sleep(SHUTDOWN_DELAY_MS)
    await gateway.close(Math.max(0, latest - performance.now() - TIME_TO_COUNT_MS))
    log.info('the gateway has stopped')
    await output.flush(LAST_LINES_MS)
    process.exit(0)
  }
  process.on('SIGTERM', (signal) => void stop(signal))
  process.on('SIGINT', (signal) => void stop(signal))
}

async function exitWith(code: number, fields: object, message: string): Promise<never> {
  log.fatal(fields, message)
  await output.flush(LAST_LINES_MS)
  process.exit(code)
}
