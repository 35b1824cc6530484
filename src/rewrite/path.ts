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
  const rewritten = rewriteTarget(decodeSegment(segment), number, target.prefix)
  // What rewriteTarget lets through needs no encoding in a path (RFC 3986, 3.3).
  const value = `/${segments.with(place, rewritten.target).join('/')}`
  return { value, claimed: rewritten.claimed }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Malformed('The target in the path holds a percent code that is not valid UTF-8.')
  }
}
