import { messages } from '../../messages/messages.ts'
import { printAge, printCount } from '../../messages/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import type { Replica } from './channel.ts'
import { type InForce, LONGEST_WAIT_MS, useInForce } from './use-in-force.ts'

const { channels, shell } = messages

interface InForceProps {
  readonly revision: number
  /** What was done. */
  readonly done: string
  readonly onClose: () => void
}

/** A change that was written, and where it is in force, replica by replica. */
export function InForceCard({ revision, done, onClose }: InForceProps) {
  const { again, ...state } = useInForce(revision)
  const { replicas = [], isWaiting, problem } = state
  const isMissing = !isWaiting && replicas.some((replica) => replica.revision < revision)
  const columns: Column<Replica>[] = [
    { title: channels.replica, cell: ({ address, id }) => <Name {...{ address, id }} /> },
    { title: channels.revision, cell: (replica) => printCount(replica.revision), isNumber: true },
    { title: channels.state, cell: (replica) => <State {...{ replica, revision, isWaiting }} /> },
  ]
  return (
    <section class="card" aria-label={channels.inForceTitle}>
      <div class="card-header">
        <h2>{channels.inForceTitle}</h2>
        <div class="actions">
          {isMissing && <Button onClick={again}>{channels.lookAgain}</Button>}
          <Button onClick={onClose}>{shell.close}</Button>
        </div>
      </div>
      <div class={`note ${isMissing ? 'warning' : 'good'}`} role="status" aria-busy={isWaiting}>
        <p>{done}</p>
        <p>{summary(state, revision)}</p>
      </div>
      <ProblemNote problem={problem} onRetry={again} />
      {replicas.length > 0 && (
        <Table {...{ caption: channels.inForceTitle, items: replicas, columns }} keyOf={({ id }) => id} />
      )}
    </section>
  )
}

function Name({ address, id }: Pick<Replica, 'address' | 'id'>) {
  return (
    <>
      {address} <span class="faint replica-id">{id}</span>
    </>
  )
}

function State({ replica, revision, isWaiting }: { replica: Replica; revision: number; isWaiting: boolean }) {
  if (replica.revision >= revision) return <Badge tone="good">{channels.inForce}</Badge>
  if (isWaiting) return <Badge tone="warning">{channels.waiting}</Badge>
  return (
    <span>
      <Badge tone="bad">{channels.missing}</Badge> {channels.lastSeen(printAge(replica.seenAt))}
    </span>
  )
}

function summary({ replicas, isWaiting, problem }: InForce, revision: number): string {
  if (problem !== undefined) return channels.whereUnknown
  if (replicas === undefined) return channels.asking
  const late = replicas.filter((replica) => replica.revision < revision)
  if (late.length === 0) return channels.everywhere(replicas.length)
  if (isWaiting) return channels.notYet(replicas.length - late.length, replicas.length)
  const names = late.map(({ address }) => address).join(', ')
  return channels.notThere(names, late.length, replicas.length, LONGEST_WAIT_MS / 1_000)
}
