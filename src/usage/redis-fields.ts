import { type Call, type CountedCall, countedOutcomeOf } from './call.ts'

/*
 * A count's field in the hash of its day is a JSON array: account, channel, operation, outcome, caller. The caller
 * stands last, so that a script can put another one there.
 */

/** The field of a call up to its caller. */
export function fieldHead({ account, channel, operation, outcome }: Call): string {
  return `${JSON.stringify([account, channel, operation, outcome]).slice(0, -1)},`
}

/** The rest of it. */
export function fieldTail(caller: string): string {
  return `${JSON.stringify(caller)}]`
}

/** The counts of a day. What somebody else wrote there is passed over. */
export function readFields(fields: Readonly<Record<string, string>>): CountedCall[] {
  return Object.entries(fields).flatMap(([field, count]) => readField(field, Number(count)))
}

function readField(field: string, count: number): CountedCall[] {
  const [account = '', channel = '', operation = '', word, caller] = namesIn(field)
  const outcome = countedOutcomeOf(word)
  if (outcome === undefined || caller === undefined || !Number.isSafeInteger(count)) return []
  return [{ account, channel, caller, operation, outcome, count }]
}

function namesIn(field: string): string[] {
  try {
    return (JSON.parse(field) as unknown[]).map(String)
  } catch {
    return []
  }
}
