import { answer, api } from '../../api/client.ts'
import type { paths } from '../../api/session.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { printAge, printCount, printTime } from '../../messages/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Loaded } from '../../parts/view.tsx'
import { REFRESH_MS } from './refresh.ts'

const { overview: texts } = messages

type Replicas = paths['/v1/replicas']['get']['responses'][200]['content']['application/json']
type Replica = Replicas['items'][number]

/** The replicas, and how far each has come. */
export function ReplicasCard() {
  const replicas = useResource(
    async (signal) => (await answer(api.GET('/v1/replicas', { signal }))).body,
    [],
    REFRESH_MS,
  )
  return (
    <section class="card" aria-labelledby="replicas">
      <h2 id="replicas">{texts.replicas}</h2>
      <Loaded of={replicas}>
        {({ head, items }) => (
          <>
            <p class="hint">{texts.head(printCount(head))}</p>
            <Table
              {...{ items, columns: columnsOf(head) }}
              {...{ caption: texts.replicasCaption, empty: texts.noReplicas, keyOf: ({ id }: Replica) => id }}
            />
          </>
        )}
      </Loaded>
    </section>
  )
}

function columnsOf(head: number): Column<Replica>[] {
  return [
    { title: texts.replica, cell: ({ address }) => address },
    {
      title: texts.revision,
      cell: ({ revision }) => {
        const missing = Math.max(0, head - revision)
        return (
          <div>
            {printCount(revision)}{' '}
            {missing === 0 ? (
              <Badge tone="good">{texts.upToDate}</Badge>
            ) : (
              <Badge tone="warning">{texts.behind(missing, printCount(missing))}</Badge>
            )}
          </div>
        )
      },
    },
    {
      title: texts.applied,
      cell: ({ appliedAt }) => (
        <time dateTime={appliedAt} title={printTime(appliedAt)}>
          {printAge(appliedAt)}
        </time>
      ),
    },
  ]
}
