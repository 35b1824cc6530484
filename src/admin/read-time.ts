import { Refusal } from '../errors.ts'

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** A point in time, as RFC 3339 writes it. Throws `invalid-request` that names the field. */
export function readTime(field: string, text: string): Date {
  const day = RFC_3339.exec(text)?.[1]
  const time = new Date(text.toUpperCase().replace(' ', 'T'))
  if (day !== undefined && isDay(day) && !Number.isNaN(time.getTime())) return time
  throw new Refusal(
    'invalid-request',
    `The field "${field}" must be a time such as "2027-01-31T12:00:00Z" (RFC 3339).`,
  )
}

/** `Date` would take 30 February for a day of March. */
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day)
}
