import { type InForce, LONGEST_WAIT_MS, type Replica, useInForce } from '../hooks/use-in-force.ts'
import { messages } from '../messages/messages.ts'
import { printAge, printCount } from '../messages/numbers.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { ProblemNote } from './problem-note.tsx'
import { type Column, Table } from './table.tsx'

const { inForce: texts, shell } = messages

interface InForceProps {
  readonly revision: number
  /** What was done, where that is not said elsewhere. */
  readonly done?: string
  readonly onClose: () => void
}

/** A change that was written, and where it is in force, replica by replica. */
export function InForceCard({ revision, done, onClose }: InForceProps) {
  const { again, ...state } = useInForce(revision)
  const { replicas = [], isWaiting, problem } = state
  const isMissing = !isWaiting && replicas.some((replica) => replica.revision < revision)
  const columns: Column<Replica>[] = [
    { title: texts.replica, cell: ({ address, id }) => <Name {...{ address, id }} /> },
    { title: texts.revision, cell: (replica) => printCount(replica.revision), isNumber: true },
    { title: texts.state, cell: (replica) => <State {...{ replica, revision, isWaiting }} /> },
  ]
  return (
    <section class="card" aria-label={texts.title}>
      <div class="card-header">
        <h2>{texts.title}</h2>
        <div class="actions">
          {isMissing && <Button onClick={again}>{texts.lookAgain}</Button>}
          <Button onClick={onClose}>{shell.close}</Button>
        </div>
      </div>
      <div class={`note ${isMissing ? 'warning' : 'good'}`} role="status" aria-busy={isWaiting}>
        {done !== undefined && <p>{done}</p>}
        <p>{summary(state, revision)}</p>
      </div>
      <ProblemNote problem={problem} onRetry={again} />
      {replicas.length > 0 && (
        <Table {...{ caption: texts.title, items: replicas, columns }} keyOf={({ id }) => id} />
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
  if (replica.revision >= revision) return <Badge tone="good">{texts.inForce}</Badge>
  if (isWaiting) return <Badge tone="warning">{texts.waiting}</Badge>
  return (
    <span>
      <Badge tone="bad">{texts.missing}</Badge> {texts.lastSeen(printAge(replica.seenAt))}
    </span>
  )
}

function summary({ replicas, isWaiting, problem }: InForce, revision: number): string {
  if (problem !== undefined) return texts.whereUnknown
  if (replicas === undefined) return texts.asking
  const late = replicas.filter((replica) => replica.revision < revision)
  if (late.length === 0) return texts.everywhere(replicas.length)
  if (isWaiting) return texts.notYet(replicas.length - late.length, replicas.length)
  const names = late.map(({ address }) => address).join(', ')
  return texts.notThere(names, late.length, replicas.length, LONGEST_WAIT_MS / 1_000)
}
