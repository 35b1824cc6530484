/** What the texts of the OTEL_ settings mean; each reader throws an `Error` that does not show the value. */

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/

/** The address traces are posted to: the endpoint's, and `/v1/traces` behind it (OTLP over HTTP). */
export function readTracesUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Error('it must be an http or https address, such as http://127.0.0.1:4318')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new Error('it must not have a user, a query or a fragment')
  return `${url.href.replace(/\/+$/, '')}/v1/traces`
}

/** `name=value,name=value`, values percent-encoded (W3C Baggage, as OpenTelemetry's specification asks). */
export function readPairs(text = ''): Record<string, string> {
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
  return Object.fromEntries(members.map(readPair))
}

function readPair(member: string): [string, string] {
  const mark = member.indexOf('=')
  const name = member.slice(0, mark).trim()
  if (mark < 1 || !HEADER_NAME.test(name)) throw new Error('it must be name=value,name=value')
  const value = decode(member.slice(mark + 1).trim())
  if (!/^[\x20-\x7e]*$/.test(value)) throw new Error('a value holds a character that is not visible ASCII')
  return [name, value]
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    throw new Error('a value holds a percent code that is not valid')
  }
}

/** A part, from 0 to 1. */
export function readRatio(text: string): number {
  if (!/^(?:0(?:\.[0-9]+)?|1(?:\.0+)?)$/.test(text)) throw new Error('it must be a number from 0 to 1')
  return Number(text)
}
