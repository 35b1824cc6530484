import type { Account, Limits } from '../../src/domain/account.ts'
import { SharedBlocks } from '../../src/pacing/blocks.ts'
import type { Buckets } from '../../src/pacing/buckets.ts'
import { MemoryBuckets } from '../../src/pacing/memory-buckets.ts'
import { type PacerOptions, makePacer } from '../../src/pacing/pacer.ts'
import type { PacedCall, Pacer } from '../../src/pacing/turn.ts'
import { RateLimited } from '../../src/pacing/rate-limited.ts'

/** A window of a second and a little: real timers, but no long waits. */
export const LEAVE_WITHIN_MS = 60
export const WINDOW_MS = 1_000 + LEAVE_WITHIN_MS

export function accountWith(limits: Limits = {}, id = 'acme'): Account {
  return {
    id,
    tenantId: '1',
    baseUrl: 'https://wati.example',
    tokenUpdatedAt: '2026-01-01T00:00:00Z',
    revision: 1,
    plan: 'growth',
    limits,
  }
}

export const perSecond = (max: number): Limits => ({ sendTemplateMessage: { max, windowSeconds: 1 } })

interface Asked extends Partial<Omit<PacedCall, 'channel'>> {
  readonly channel?: string
  readonly weight?: number
}

export function callOf({ channel = 'sales', weight = 1, ...rest }: Asked = {}): PacedCall {
  return {
    account: accountWith(perSecond(3)),
    caller: 'shop',
    endpoint: 'sendTemplateMessage',
    isWrite: true,
    channel: { alias: channel, account: 'acme', number: '85264318722', enabled: true, revision: 1, weight },
    ...rest,
  }
}

export interface Pacing {
  readonly pacer: Pacer
  readonly buckets: Buckets
  readonly blocks: SharedBlocks
}

export function startPacer(options: Partial<PacerOptions> = {}): Pacing {
  const buckets = options.buckets ?? new MemoryBuckets()
  const blocks = new SharedBlocks()
  const pacer = makePacer({
    ...{
      blocks,
      leaveWithinMs: LEAVE_WITHIN_MS,
      queueLimit: 1_000,
      replica: 'r',
      isShared: false,
      accountNow: (a) => a,
    },
    ...options,
    buckets,
  })
  return { pacer, buckets, blocks }
}

/** What became of a call that asked for a turn, and when, in ms since it asked. */
export interface Heard {
  readonly verdict: 'go' | 'late' | 'overloaded' | 'gone'
  readonly afterMs: number
  /** On the clock of `performance.now()`. */
  readonly at: number
  /** When refused. */
  readonly retryAfterMs: number
}

export async function ask(pacer: Pacer, waitMs: number, call: PacedCall = callOf()): Promise<Heard> {
  const asked = performance.now()
  const heard = (verdict: Heard['verdict'], retryAfterMs = NaN): Heard => {
    const at = performance.now()
    return { verdict, at, afterMs: at - asked, retryAfterMs }
  }
  try {
    await pacer.turn(call, waitMs)
    return heard('go')
  } catch (error) {
    if (error instanceof RateLimited) return heard('late', error.retryAfterMs)
    const { problem } = error as { problem?: string }
    return heard(problem === 'overloaded' ? 'overloaded' : 'gone')
  }
}

/** The most of these moments that lie in one window. */
export function fullest(moments: readonly number[], windowMs: number): number {
  const sorted = [...moments].sort((one, other) => one - other)
  return Math.max(
    0,
    ...sorted.map(
      (begin, first) => sorted.filter((at, place) => place >= first && at < begin + windowMs).length,
    ),
  )
}
