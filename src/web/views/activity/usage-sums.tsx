import { messages } from '../../messages/messages.ts'
import { printCount, printShare } from '../../messages/numbers.ts'
import { type Column, Table } from '../../parts/table.tsx'
import type { Sum, Usage } from './usage.ts'
import { printValueOf } from './usage-chart.tsx'

const { activity: texts } = messages

interface Row extends Pick<Sum, 'count'> {
  readonly name: string
  readonly key: string
}

/** The sums of the period, the largest first, and what is left to make the whole. */
export function UsageSums({ usage: { by, sums, total } }: { usage: Usage }) {
  const left = total - sums.reduce((before, { count }) => before + count, 0)
  const rows: readonly Row[] = [
    ...sums.map(({ value, count }) => ({ name: printValueOf(by, value), key: `= ${value}`, count })),
    ...(left > 0 ? [{ name: texts.theRest, key: 'rest', count: left }] : []),
    { name: texts.inAll, key: 'all', count: total },
  ]
  const columns: readonly Column<Row>[] = [
    { title: texts.dimension[by], cell: ({ name }) => name },
    { title: texts.calls, cell: ({ count }) => printCount(count), isNumber: true },
    { title: texts.share, cell: ({ count }) => printShare(count / Math.max(total, 1)), isNumber: true },
  ]
  return (
    <section class="card" aria-labelledby="usage-sums">
      <h2 id="usage-sums">{texts.sums}</h2>
      <Table {...{ columns, items: rows, caption: texts.sumsCaption, keyOf: ({ key }: Row) => key }} />
    </section>
  )
}
