/**
 * The names of many records in their order, so that a page of a list costs no more than its items.
 * Sorted when first asked for; then kept sorted, one change at a time.
 */
export class SortedNames {
  readonly #all: () => Iterable<string>
  #sorted: string[] | undefined

  constructor(all: () => Iterable<string>) {
    this.#all = all
  }

  /** A name that was not there before. */
  add(name: string): void {
    this.#sorted?.splice(this.#placeOf(name), 0, name)
  }

  /** A name that was there. */
  remove(name: string): void {
    this.#sorted?.splice(this.#placeOf(name), 1)
  }

  /** The names after this one, in the order of their code units. */
  *after(name: string): Generator<string> {
    this.#sorted ??= [...this.#all()].sort()
    const start = this.#placeOf(name)
    for (let at = this.#sorted[start] === name ? start + 1 : start; at < this.#sorted.length; at++) {
      yield this.#sorted[at] ?? ''
    }
  }

  /** Where the name stands, or would stand. */
  #placeOf(name: string): number {
    const sorted = this.#sorted ?? []
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? '') < name) low = middle + 1
      else high = middle
    }
    return low
  }
}
