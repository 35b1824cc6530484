import type { Command } from 'commander'
import { describe } from './difference-lines.ts'
import { differences } from './differences.ts'
import { readDirectoryFile } from './directory-file.ts'
import { readExisting } from './existing.ts'
import { EXIT } from './failure.ts'
import { tokensMissing } from './obstacles.ts'
import { print, printJson, remark } from './output.ts'
import { serverOf, wantsJson } from './server.ts'

/** Prints how the directory differs from a file; exit code 2 when it does. */
export async function diffFile({ file: path }: { file: string }, command: Command): Promise<void> {
  const file = await readDirectoryFile(path)
  const found = differences(file, await readExisting(serverOf(command)))
  if (wantsJson(command)) printJson({ differences: found })
  else if (found.length === 0) print('There is no difference.')
  else print(...found.flatMap((one) => describe(one, true)))
  remark(...tokensMissing(found))
  if (found.length > 0) process.exitCode = EXIT.different
}
