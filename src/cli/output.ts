/*
 * What commands print: results on stdout, everything about them on stderr. Never a colour, so that a pipe, a file
 * and a screen get the same.
 */

let readerIsGone = false

/** Lets a reader end early (`| head`): what is printed after that goes nowhere, and nothing fails. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (stream === process.stdout) readerIsGone = true
    })
  }
}

/** True once nobody reads stdout any more: a command that only prints may stop. */
export function nobodyReads(): boolean {
  return readerIsGone
}

/** Resolves when stdout takes more, or never will again. */
export async function drained(): Promise<void> {
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      process.stdout.off('drain', goOn).off('error', goOn)
      resolve()
    }
    process.stdout.on('drain', goOn).on('error', goOn)
  })
}

/** Prints lines of the result. */
export function print(...lines: readonly string[]): void {
  if (lines.length > 0) printText(`${lines.map(withoutControls).join('\n')}\n`)
}

/** Prints a text as it is. */
export function printText(text: string): void {
  if (!readerIsGone) process.stdout.write(text)
}

/** Prints the result for a script. */
export function printJson(value: unknown): void {
  printText(`${JSON.stringify(value, null, 2)}\n`)
}

/** Prints what is no part of the result: notes, warnings, failures. */
export function remark(...lines: readonly string[]): void {
  if (lines.length > 0) process.stderr.write(`${lines.map(withoutControls).join('\n')}\n`)
}

/** Records hold what others wrote: nothing in them may steer the terminal. */
export function withoutControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
}
