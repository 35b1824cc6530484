/*
 * Days are written `2026-11-22` and months `2026-11`, in UTC: as texts they sort as they follow each other.
 */

const DAY_MS = 86_400_000

/** The day of a time in ms. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

export function monthOf(day: string): string {
  return day.slice(0, 7)
}

/** The day that is so many days later; earlier when they are negative. */
export function addDays(day: string, days: number): string {
  return dayOf(Date.parse(day) + days * DAY_MS)
}

/** When a day begins, in ms. */
export function startOf(day: string): number {
  return Date.parse(day)
}

/** Every day from one to another, both included. */
export function* daysFrom(first: string, last: string): Generator<string> {
  for (let day = first; day <= last; day = addDays(day, 1)) yield day
}

/** Is it a day that there is? `2026-02-30` is none. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text
}

/** Tells which day it is, so often that it may not cost anything. */
export class Calendar {
  readonly #now: () => number
  #today = ''
  #startsAt = Number.POSITIVE_INFINITY

  constructor(now: () => number) {
    this.#now = now
  }

  get today(): string {
    return this.dayAt(this.#now())
  }

  /** The day of a time in ms: fast where it is the same as the last time. */
  dayAt(ms: number): string {
    if (ms < this.#startsAt || ms >= this.#startsAt + DAY_MS) {
      this.#today = dayOf(ms)
      this.#startsAt = startOf(this.#today)
    }
    return this.#today
  }
}
