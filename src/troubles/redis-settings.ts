import type { Finding } from '../finding.ts'
import type { TroubleParts } from './find-troubles.ts'
import type { Trouble } from './trouble.ts'

/** What was found of Redis at the last look: of its eviction policy, persistence, version, clock. */
export function redisSettings({ redis }: Pick<TroubleParts, 'redis'>): Trouble[] {
  return redis.flatMap((finding) => {
    if (finding.level === 'ok') return []
    const level = finding.level === 'fail' ? 'error' : 'warning'
    return [{ level, name: 'redis-settings', text: sentenceOf(finding) }]
  })
}

/** What was found and what to do, as one sentence. */
export function sentenceOf({ what, advice }: Finding): string {
  const whole = advice === undefined ? what : `${what}; ${advice}`
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`
}
