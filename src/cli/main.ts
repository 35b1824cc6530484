#!/usr/bin/env node
import { CommandFailure, EXIT } from './failure.ts'
import { remark, tolerateClosedPipes } from './output.ts'
import { makeProgram } from './program.ts'

tolerateClosedPipes()
refuseTokenArgument(process.argv)
try {
  await makeProgram().parseAsync()
} catch (error) {
  process.exitCode = explain(error)
}

/** Prints the sentence of a failure and gives its exit code. Anything else is a fault of ours, stack and all. */
function explain(error: unknown): number {
  if (error instanceof CommandFailure) {
    remark(...error.message.split('\n'))
    return error.exitCode
  }
  // The system's own refusal, such as a port that is taken.
  if (!(error instanceof Error) || !('syscall' in error)) throw error
  remark(error.message)
  return EXIT.failed
}

/** Every user of a machine can read the arguments of all its processes: nobody shall get used to that. */
function refuseTokenArgument(argv: readonly string[]): void {
  if (!argv.some((argument) => argument === '--token' || argument.startsWith('--token='))) return
  remark(
    'A token is never an argument, where every user of the machine can read it. An admin token goes into',
    'WATI_GATEWAY_TOKEN; a Wati token comes by --token-stdin, --token-env NAME or --token-file PATH.',
  )
  process.exit(EXIT.wrongUsage)
}
