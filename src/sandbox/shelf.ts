interface Kept<Item> {
  readonly item: Item
  readonly bytes: number
}

/** A list that forgets its oldest items when it holds too many of them, or too many bytes. */
export class Shelf<Item> {
  readonly #maxItems: number
  readonly #maxBytes: number
  #kept: Kept<Item>[] = []
  #bytes = 0

  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems
    this.#maxBytes = maxBytes
  }

  /** `bytes` is what the item weighs, roughly; the newest item is kept whatever it weighs. */
  add(item: Item, bytes: number): void {
    this.#kept.push({ item, bytes })
    this.#bytes += bytes
    while (this.#kept.length > this.#maxItems || (this.#bytes > this.#maxBytes && this.#kept.length > 1)) {
      this.#bytes -= this.#kept.shift()?.bytes ?? 0
    }
  }

  /** Oldest first. A copy: it does not change when something is added. */
  items(): Item[] {
    return this.#kept.map(({ item }) => item)
  }

  clear(): void {
    this.#kept = []
    this.#bytes = 0
  }
}
