interface Waiting {
  readonly enter: () => void
  readonly fail: (error: unknown) => void
}

/** Lets so many through at a time, the urgent ones first. When one fails, all that wait fail with it, at once. */
export class Turnstile {
  readonly #places: number
  #inside = 0
  readonly #urgent: Waiting[] = []
  readonly #others: Waiting[] = []

  constructor(places: number) {
    this.#places = places
  }

  async pass<T>(isUrgent: boolean, act: () => Promise<T>): Promise<T> {
    await this.#enter(isUrgent)
    try {
      return await act()
    } catch (error) {
      for (const { fail } of [...this.#urgent.splice(0), ...this.#others.splice(0)]) fail(error)
      throw error
    } finally {
      const next = this.#urgent.shift() ?? this.#others.shift()
      if (next === undefined) this.#inside -= 1
      else next.enter()
    }
  }

  async #enter(isUrgent: boolean): Promise<void> {
    if (this.#inside < this.#places) {
      this.#inside += 1
      return
    }
    // Whoever goes out gives up its place to the next.
    await new Promise<void>((enter, fail) => (isUrgent ? this.#urgent : this.#others).push({ enter, fail }))
  }
}
