/*
 * A process that writes to a file store until it is killed, or a write fails.
 * Prints each revision once it was acknowledged. Arguments: folder, how many changes to keep.
 */
import { openFileStore } from '../../src/directory/file-store.ts'

// Sent with the error of a write beyond `ulimit -f`, which stands for a full disk; it would end the process.
process.on('SIGXFSZ', () => {})

const [folder = '', changesKept = '1'] = process.argv.slice(2)
try {
  const store = await openFileStore({ folder, changesKept: Number(changesKept) })
  const { epoch, revision } = await store.load(() => undefined)
  for (let next = revision + 1; ; next += 1) {
    await store.commit(epoch, {
      revision: next,
      target: `channel:${next % 7}`,
      deleted: next % 11 === 0,
      sealed: `sealed ${next} `.repeat(1 + (next % 50)),
    })
    console.log(next)
  }
} catch (error) {
  console.log(`failed: ${String(error)}`)
}
