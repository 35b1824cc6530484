import type { Finding } from '../finding.ts'

type Facts = ReadonlyMap<string, string>

/**
 * What a failover may lose: a master acknowledges a change before its replicas have it. Judged by INFO and CONFIG GET;
 * nothing is said of a server without replicas, nor of one that does not tell.
 */
export function judgeFailover(name: string, info: Facts, config: Facts): Finding[] {
  const replicas = Number(info.get('connected_slaves') ?? 0)
  const needed = config.get('min-replicas-to-write')
  if (replicas === 0 || needed === undefined) return []
  if (needed !== '0') {
    return [{ level: 'ok', what: `${name} takes changes only while it has a replica (${needed} or more)` }]
  }
  return [
    {
      level: 'warn',
      what: `${name} takes changes also while none of its replicas follows: a failover then loses them`,
      advice: 'set min-replicas-to-write to 1, so that they are refused instead',
    },
  ]
}
