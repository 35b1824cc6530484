import { COUNTED_OUTCOMES, countedOutcomeOf } from './call.ts'
import { MINUTE_MS, type MinuteCounts, Minutes } from './minutes.ts'

/*
 * The minutes of an hour (UTC) are one hash: `07:accepted` is how many calls of its seventh minute were accepted.
 */

const HOUR_MS = 60 * MINUTE_MS
const FIELD = /^([0-5]\d):(.+)$/

/** An hour such as `2026-11-22T13`. */
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13)

/** Every hour that has a part between two times in ms. */
export function hoursBetween(first: number, last: number): string[] {
  const hours: string[] = []
  for (let at = first - (first % HOUR_MS); at <= last; at += HOUR_MS) hours.push(hourOf(at))
  return hours
}

/** What a script is to add: to the field of which of the hours (the first is 0), and how much. */
export function additionsOf(minutes: readonly MinuteCounts[]): {
  readonly hours: readonly string[]
  readonly additions: readonly (readonly [hour: number, field: string, count: number])[]
} {
  const hours = [...new Set(minutes.map(({ at }) => hourOf(at)))]
  const additions = minutes.flatMap(({ at, counts }) => {
    const hour = hours.indexOf(hourOf(at))
    const minute = new Date(at).toISOString().slice(14, 16)
    return COUNTED_OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
      (outcome) => [hour, `${minute}:${outcome}`, counts[outcome]] as const,
    )
  })
  return { hours, additions }
}

/** The minutes of an hour. What somebody else wrote there is passed over. */
export function readHour(hour: string, fields: Readonly<Record<string, string>>): MinuteCounts[] {
  const minutes = new Minutes()
  for (const [field, text] of Object.entries(fields)) {
    const [, minute, word] = FIELD.exec(field) ?? []
    const outcome = countedOutcomeOf(word)
    const count = Number(text)
    if (outcome === undefined || !Number.isSafeInteger(count)) continue
    minutes.add(Date.parse(`${hour}:00:00Z`) + Number(minute) * MINUTE_MS, outcome, count)
  }
  return minutes.all()
}
