import { language } from './messages.ts'

const count = new Intl.NumberFormat(language)
const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' })
const hour = new Intl.DateTimeFormat(language, { timeStyle: 'short' })
const shortDay = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const short = new Intl.NumberFormat(language, { notation: 'compact' })
const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })

/** 12,345 */
export const printCount = (value: number): string => count.format(value)

/** 12K */
export const printShort = (value: number): string => short.format(value)

/** 12.3% of 0.123. */
export const printShare = (value: number): string => share.format(value)

/** A time (RFC 3339) with its date, in the browser's time zone. */
export const printTime = (at: string): string => moment.format(new Date(at))

/** A day (`2026-11-22`), which is a day of UTC. */
export const printDay = (date: string): string => day.format(new Date(`${date}T00:00:00Z`))

/** The same without its year: 22 Nov. */
export const printShortDay = (date: string): string => shortDay.format(new Date(`${date}T00:00:00Z`))

/** A time of this day. */
export const printHour = (at: string): string => hour.format(new Date(at))

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How far a time is from now: "3 days ago", "in 2 hours". */
export function printAge(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1_000
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const)
  return ago.format(Math.trunc(seconds / length), unit)
}
