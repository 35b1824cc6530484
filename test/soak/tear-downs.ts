/** What is to be ended at the end, the newest first; the part of a test that helpers need. */
export class TearDowns {
  readonly #dones: (() => unknown)[] = []

  teardown(done: () => unknown): void {
    this.#dones.unshift(done)
  }

  async run(): Promise<void> {
    for (const done of this.#dones.splice(0)) await done()
  }
}
