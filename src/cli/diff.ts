import type { Command } from 'commander'
import { describe } from './difference-lines.ts'
import { differences } from './differences.ts'
import { readDirectoryFile } from './directory-file.ts'
import { readExisting } from './existing.ts'
import { EXIT } from './failure.ts'
import { tokensMissing } from './obstacles.ts'
import { print, printJson, remark } from './output.ts'
import { serverOf, wantsJson } from './server.ts'

/** `wati-gateway diff -f FILE` */
export function addDiff(program: Command): void {
  program
    .command('diff')
    .description('show what apply would change; exit code 2 when there is a difference')
    .requiredOption('-f, --file <path>', 'file with accounts and channels; - is the standard input')
    .addHelpText(
      'after',
      '\nLines begin with + (missing), ~ (other) or - (not in the file; only --prune removes it).',
    )
    .action(diff)
}

async function diff({ file: path }: { file: string }, command: Command): Promise<void> {
  const file = await readDirectoryFile(path)
  const found = differences(file, await readExisting(serverOf(command)))
  if (wantsJson(command)) printJson({ differences: found })
  else if (found.length === 0) print('There is no difference.')
  else print(...found.flatMap((one) => describe(one, true)))
  remark(...tokensMissing(found))
  if (found.length > 0) process.exitCode = EXIT.different
}
