import { useEffect, useRef, useState } from 'preact/hooks'
import { answer, api } from '../../api/client.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { printCount } from '../../messages/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded } from '../../parts/view.tsx'

const { accounts: texts } = messages

const LOOK_EVERY_MS = 1_000
/** A change is in force everywhere within a second; a replica that takes longer is away. */
const LOOK_FOR_MS = 20_000

type Replicas = Awaited<ReturnType<typeof readReplicas>>
type Row = Replicas[number] & { readonly isInForce: boolean }

/** Where a revision is in force, replica by replica: looked at until it is everywhere, or for a while. */
export function InForce({ revision }: { revision: number }) {
  const since = useRef(Date.now())
  const [isOver, setOver] = useState(false)
  const replicas = useResource(readReplicas, [revision], isOver ? undefined : LOOK_EVERY_MS)
  const rows = replicas.data?.map((one) => ({ ...one, isInForce: one.revision >= revision }))
  const isEverywhere = rows?.every(({ isInForce }) => isInForce) ?? false
  const isLate = isOver && !isEverywhere
  useEffect(() => {
    setOver(isEverywhere || Date.now() - since.current > LOOK_FOR_MS)
  }, [replicas.data, replicas.problem])
  const lookAgain = (): void => {
    since.current = Date.now()
    setOver(false)
    replicas.reload()
  }
  return (
    <section class="card" aria-busy={!isOver}>
      <h2>{texts.inForce}</h2>
      <p role="status">{rows && summaryOf(rows, isLate)}</p>
      <Loaded of={replicas}>
        {() => (
          <Table
            {...{ caption: texts.inForce, items: rows ?? [], columns: COLUMNS }}
            keyOf={({ id }) => id}
          />
        )}
      </Loaded>
      {isLate && (
        <p>
          <Button onClick={lookAgain}>{texts.lookAgain}</Button>
        </p>
      )}
    </section>
  )
}

async function readReplicas(signal: AbortSignal) {
  return (await answer(api.GET('/v1/replicas', { signal }))).body.items
}

function summaryOf(rows: readonly Row[], isLate: boolean): string {
  const done = rows.filter(({ isInForce }) => isInForce).length
  if (done === rows.length) return texts.inForceAll(done)
  return (isLate ? texts.inForceLate : texts.inForceSome)(done, rows.length)
}

const COLUMNS: readonly Column<Row>[] = [
  { title: texts.replica, cell: ({ address }) => address },
  { title: texts.revision, cell: ({ revision }) => printCount(revision) },
  {
    title: texts.state,
    cell: ({ isInForce }) => (
      // On a phone the cell is a grid, which would stretch the badge.
      <span>
        <Badge tone={isInForce ? 'good' : 'warning'}>{isInForce ? texts.isInForce : texts.notInForce}</Badge>
      </span>
    ),
  },
]
