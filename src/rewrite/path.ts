import type { Operation } from '../domain/operation.ts'
import type { Rewritten } from './channel-key.ts'
import { Malformed } from './malformed.ts'
import { rewriteTarget } from './target.ts'

/** Makes Wati's path out of checked segments; where the operation's `{target}` stands, with the channel in front. */
export function rewritePath(
  { path, target }: Operation,
  number: string,
  segments: readonly string[],
): Rewritten<string> {
  const place = target?.in === 'path' ? path.split('/').indexOf('{target}') - 1 : -1
  const segment = segments[place]
  if (target === undefined || segment === undefined) return { value: `/${segments.join('/')}`, claimed: [] }
  const sent = decodeSegment(segment)
  const rewritten = rewriteTarget(sent, number, target.prefix)
  const written = rewritten.target === sent ? segment : encodeTarget(rewritten.target)
  return { value: `/${segments.with(place, written).join('/')}`, claimed: rewritten.claimed }
}

/** A colon may stand in a path as it is (RFC 3986, 3.3), and Wati's examples have it so. */
function encodeTarget(target: string): string {
  return target.split(':').map(encodeURIComponent).join(':')
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Malformed('The target in the path holds a percent code that is not valid UTF-8.')
  }
}
