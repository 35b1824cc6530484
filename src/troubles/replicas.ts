import type { TroubleParts } from './find-troubles.ts'
import type { ReplicaView } from './store-view.ts'
import type { Trouble } from './trouble.ts'

/** A change is in force on every replica within a second, and each says three times a second how far it is. */
const PATIENCE_MS = 5_000

/** Replicas that have fallen silent without a word. */
export function* replicasSilent({ store }: Pick<TroubleParts, 'store'>): Generator<Trouble> {
  for (const replica of replicasIn(store)) {
    if (!isSilent(replica)) continue
    const text =
      `The replica ${replica.address} was last heard of ${inSeconds(replica.silentMs)} ago: see whether it runs and reaches ` +
      'the store; one that was ended is forgotten after a while.'
    yield { level: 'warning', name: 'replica-silent', text, target: targetOf(replica) }
  }
}

/** Replicas that are there, and still lack changes that were made a while ago. */
export function* replicasBehind({ store }: Pick<TroubleParts, 'store'>): Generator<Trouble> {
  for (const replica of replicasIn(store)) {
    const { address, missing, behindMs } = replica
    if (isSilent(replica) || behindMs <= PATIENCE_MS) continue
    const text =
      `The replica ${address} has not applied ${missing === 1 ? 'a change' : `${missing} changes`} for ` +
      `${inSeconds(behindMs)} and works by old ones: look at its log and its load, or start it anew.`
    yield { level: 'warning', name: 'replica-behind', text, target: targetOf(replica) }
  }
}

function replicasIn(store: TroubleParts['store']): readonly ReplicaView[] {
  return store.isAway ? [] : store.replicas
}

function isSilent({ silentMs }: ReplicaView): boolean {
  return silentMs > PATIENCE_MS
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`
}

function targetOf({ id }: ReplicaView): Required<Trouble>['target'] {
  return { kind: 'replica', id }
}
