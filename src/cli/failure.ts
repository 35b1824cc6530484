/** How a command ends. 64 and 78 are EX_USAGE and EX_CONFIG of sysexits.h. */
export const EXIT = { done: 0, failed: 1, different: 2, wrongUsage: 64, wrongSettings: 78 } as const

/** A command that cannot go on: a sentence for the person, and the exit code. Never shown with a stack. */
export class CommandFailure extends Error {
  readonly exitCode: number

  constructor(exitCode: number, sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.name = 'CommandFailure'
    this.exitCode = exitCode
  }
}

/** The command line is wrong: exit code 64. */
export function wrongUsage(sentence: string): CommandFailure {
  return new CommandFailure(EXIT.wrongUsage, sentence)
}

/** The command was refused or could not be carried out: exit code 1. */
export function failed(sentence: string, cause?: unknown): CommandFailure {
  return new CommandFailure(EXIT.failed, sentence, cause)
}
