import type { Test } from 'tap'

/**
 * A folder of the test's own, gone after it. tap removes a folder before it runs the teardowns that were registered
 * later, while what they are to end still writes: one that is registered first turns that round.
 */
export function folderOf(t: Pick<Test, 'teardown' | 'testdir'>): string {
  t.teardown(() => undefined)
  return t.testdir()
}
