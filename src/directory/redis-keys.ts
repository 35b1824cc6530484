import type { SealedChange } from './store.ts'

/** The braces make all of them live in one slot of a Redis Cluster. */
const PREFIX = 'wati-gateway:{directory}'

export const REDIS_KEYS = {
  /** Hash: epoch, revision, records (how many), and the deed of a life that continues a lost one. */
  head: `${PREFIX}:head`,
  /** Hash: target → `<revision> <sealed>`. */
  records: `${PREFIX}:records`,
  /** Stream: id `<revision>-0`; target, deleted, sealed. */
  changes: `${PREFIX}:changes`,
  /** Hash: replica id → `<when seen, ms> <announcement as JSON>`. */
  replicas: `${PREFIX}:replicas`,
}

/** Keys of work in progress: they go away by themselves when it is abandoned. */
export const workKey = (name: string): string => `${PREFIX}:work:${name}`

/** How long the key of an abandoned work stays. */
export const WORK_KEPT_MS = 24 * 60 * 60 * 1_000

/** A value that somebody damaged is passed on as it is: its seal fails, and no other record with it. */
export function readRecord(target: string, value: string): SealedChange {
  const [, revision = '0', sealed = value] = /^(0|[1-9]\d{0,14}) (.*)$/s.exec(value) ?? []
  return { revision: Number(revision), target, deleted: false, sealed }
}

export function printRecord({ revision, sealed }: SealedChange): string {
  return `${revision} ${sealed}`
}

/** An entry of the stream, as Redis gives it. */
export type StreamEntry = [id: string, fields: string[]]

/** What somebody damaged is passed on as it is: its seal fails. */
export function readChange(entry: StreamEntry): SealedChange {
  const [id] = entry
  const field = (name: string): string => fieldOf(entry, name)
  return {
    revision: parseInt(id, 10),
    target: field('target'),
    deleted: field('deleted') === '1',
    sealed: field('sealed'),
  }
}

/** By it a change is known from another that was given the same number. */
export function markOf(entry: StreamEntry): string {
  return fieldOf(entry, 'mark')
}

function fieldOf([, fields]: StreamEntry, name: string): string {
  const at = fields.findIndex((text, i) => i % 2 === 0 && text === name)
  return at === -1 ? '' : (fields[at + 1] ?? '')
}
