import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../errors.ts'
import { LONGEST_WISH_SECONDS } from '../pacing/rate-limited.ts'

const QUOTED = /"(?:[^"\\]|\\.)*"/g
const WAIT = /^\s*wait\s*(?:=\s*"?([^";\s]*)"?\s*)?(?:;.*)?$/i

/**
 * `Prefer: wait=N` (RFC 7240), in milliseconds; `undefined` without it. Other preferences are none of ours.
 * Throws a refusal when N is not a number of whole seconds, or too many.
 */
export function preferredWaitMs(headers: IncomingHttpHeaders): number | undefined {
  const given = headers['prefer']
  if (given === undefined) return undefined
  const prefer = [given].flat().join(',')
  // A comma between quotes does not end a preference.
  const preferences = prefer.replaceAll(QUOTED, (text) => text.replaceAll(',', ' ')).split(',')
  const wanted = preferences.find((preference) => /^\s*wait\s*(?:[=;]|$)/i.test(preference))
  if (wanted === undefined) return undefined
  const [, seconds = ''] = WAIT.exec(wanted) ?? []
  if (/^\d{1,2}$/.test(seconds) && Number(seconds) <= LONGEST_WISH_SECONDS) return Number(seconds) * 1_000
  throw new Refusal(
    'malformed-request',
    `The header Prefer must ask for a wait of whole seconds, at most ${LONGEST_WISH_SECONDS}.`,
  )
}
