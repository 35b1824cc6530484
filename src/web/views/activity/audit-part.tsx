import { useQuery } from '../../hooks/use-address.ts'
import { usePages } from '../../hooks/use-pages.ts'
import { useSettled } from '../../hooks/use-settled.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Pager } from '../../parts/pager.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { FILTERS, PAGE_LENGTH, filtersIn, readAudit } from './audit.ts'
import { AuditFilters } from './audit-filters.tsx'
import { ChangeItem } from './change-item.tsx'

const { activity: texts, shell } = messages

/** Who changed what, the newest first. */
export function AuditPart() {
  const [query] = useQuery()
  const settled = useSettled(query.toString())
  const pages = usePages(
    async (cursor, signal) => await readAudit(filtersIn(new URLSearchParams(settled)), cursor, signal),
    [settled],
    PAGE_LENGTH,
  )
  const { data, problem, isLoading, reload } = pages
  return (
    <>
      <AuditFilters {...{ problem }} />
      <ProblemNote {...{ problem }} fields={FILTERS} onRetry={reload} />
      <div class="card-header">
        <p class="hint" role="status">
          {isLoading ? shell.loading : texts.changesCaption}
        </p>
        <Button onClick={reload}>{texts.lookAgain}</Button>
      </div>
      {data?.length === 0 && <p class="empty">{texts.noChanges}</p>}
      {data !== undefined && data.length > 0 && (
        <ol class="entries" aria-label={texts.changesCaption} aria-busy={isLoading}>
          {data.map((change) => (
            <ChangeItem key={change.id} {...{ change }} />
          ))}
        </ol>
      )}
      <Pager {...{ pages }} />
    </>
  )
}
