import { SortedNames } from './sorted-names.ts'

/** All records of one kind, by name. */
export class Records<T extends { readonly revision: number }> {
  readonly #byName = new Map<string, T>()
  readonly #names = new SortedNames(() => this.#byName.keys())

  get size(): number {
    return this.#byName.size
  }

  get(name: string): T | undefined {
    return this.#byName.get(name)
  }

  set(name: string, record: T): void {
    if (!this.#byName.has(name)) this.#names.add(name)
    this.#byName.set(name, record)
  }

  delete(name: string): void {
    if (this.#byName.delete(name)) this.#names.remove(name)
  }

  /** In no order. */
  values(): Iterable<T> {
    return this.#byName.values()
  }

  /** In the order of their names, those after `name`. */
  *after(name: string): Generator<T> {
    for (const next of this.#names.after(name)) {
      const record = this.#byName.get(next)
      if (record !== undefined) yield record
    }
  }
}
