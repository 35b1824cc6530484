declare module 'fastify' {
  interface FastifyRequest {
    /** Where its time went. */
    times: RequestTimes
  }
}

/** Where the time of a request went, in milliseconds. What is not said here was spent in the gateway. */
export class RequestTimes {
  /** Until the caller's body had arrived; of an upload, which flows, nothing. */
  receiveMs = 0
  /** For its turn at Wati's limits and for the store of its `Idempotency-Key`. */
  waitMs = 0
  readonly #visits: Visit[] = []

  /** Until Wati began to answer, connecting included; of all tries together. */
  get firstByteMs(): number {
    return this.#visits.reduce((sum, visit) => sum + visit.firstByteMs, 0)
  }

  /** Until Wati's answer was whole; one that flows ends when its caller has it. */
  get watiMs(): number {
    return this.#visits.reduce((sum, visit) => sum + visit.wholeMs, 0)
  }

  /** Has it been on its way to Wati? */
  get wasAtWati(): boolean {
    return this.#visits.length > 0
  }

  /** Of so long a request, what was spent in the gateway itself. */
  gatewayMs(wholeMs: number): number {
    return Math.max(0, wholeMs - this.receiveMs - this.waitMs - this.watiMs)
  }

  /** Counts what `work` takes as waiting. */
  async waiting<T>(work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      this.waitMs += performance.now() - startedAt
    }
  }

  /** The request sets out to Wati. */
  visit(): Visit {
    const visit = new Visit()
    this.#visits.push(visit)
    return visit
  }
}

/** One try at Wati. */
export class Visit {
  readonly #startedAt = performance.now()
  #answeredAt: number | undefined
  #endedAt: number | undefined

  get firstByteMs(): number {
    return (this.#answeredAt ?? this.#endedAt ?? performance.now()) - this.#startedAt
  }

  get wholeMs(): number {
    return (this.#endedAt ?? performance.now()) - this.#startedAt
  }

  answered(): void {
    this.#answeredAt ??= performance.now()
  }

  ended(): void {
    this.#endedAt ??= performance.now()
  }
}
