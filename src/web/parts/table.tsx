import type { ComponentChildren } from 'preact'
import { messages } from '../messages/messages.ts'

export interface Column<T> {
  readonly title: string
  readonly cell: (item: T) => ComponentChildren
  /** Numbers stand to the right. */
  readonly isNumber?: boolean
}

interface TableProps<T> {
  /** What the table is about, for those who cannot see it. */
  readonly caption: string
  readonly items: readonly T[]
  readonly columns: readonly Column<T>[]
  readonly keyOf: (item: T) => string
  /** Instead of a table without rows. */
  readonly empty?: ComponentChildren
}

/** A table; on a phone each row is a card, with the titles of the columns inside. The first column names the row. */
export function Table<T>({ caption, items, columns, keyOf, empty }: TableProps<T>) {
  if (items.length === 0) return <p class="empty">{empty ?? messages.shell.nothingFound}</p>
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, isNumber }) => (
            <th key={title} scope="col" class={isNumber ? 'number' : ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map(({ title, cell, isNumber }, index) =>
              index === 0 ? (
                <th key={title} scope="row">
                  {cell(item)}
                </th>
              ) : (
                <td key={title} data-title={title} class={isNumber ? 'number' : ''}>
                  {cell(item)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
