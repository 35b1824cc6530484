import { useEffect, useRef } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { messages } from '../../messages/messages.ts'
import { printAge, printHour } from '../../messages/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import type { AuditItem, Channel } from './channel.ts'
import { type Draft, type DraftField, FIELDS, changedFields, draftOf, printField } from './draft.ts'
import type { Conflict } from './use-guarded-write.ts'

const { channels } = messages

interface ConflictNoteProps {
  readonly conflict: Conflict | undefined
  /** What this admin would write; without it there is nothing to set beside theirs. */
  readonly mine?: Draft
  readonly onTakeTheirs: (theirs: Channel) => void
  /** Goes on with what was typed, on top of theirs; nothing is written yet. */
  readonly onKeepMine: (theirs: Channel) => void
  /** There is nothing left to go on with. */
  readonly onGone: () => void
}

/** Who changed what meanwhile, theirs beside mine, and the choice between them. */
export function ConflictNote({ conflict, mine, onTakeTheirs, onKeepMine, onGone }: ConflictNoteProps) {
  const note = useRef<HTMLDivElement>(null)
  // The choice comes next, for the keyboard, too.
  useEffect(() => note.current?.focus(), [conflict])
  if (conflict === undefined) return null
  const { seen, theirs, changes } = conflict
  return (
    <div class="note warning" role="alert" ref={note} tabIndex={-1}>
      <p>
        <strong>{theirs === undefined ? channels.goneMeanwhile : channels.changedMeanwhile}</strong>{' '}
        {channels.nothingWritten}
      </p>
      <Changes changes={changes} />
      {theirs !== undefined && <Beside seen={draftOf(seen)} theirs={draftOf(theirs)} mine={mine} />}
      <div class="actions">
        {theirs === undefined ? (
          <Button onClick={onGone}>{channels.toTheList}</Button>
        ) : (
          <>
            <Button onClick={() => onTakeTheirs(theirs)}>{channels.takeTheirs}</Button>
            <Button onClick={() => onKeepMine(theirs)}>{channels.keepMine}</Button>
          </>
        )}
      </div>
    </div>
  )
}

function Changes({ changes }: { changes: readonly AuditItem[] }) {
  const { sub: me } = useSession()
  return (
    <ul>
      {changes.map(({ id, at, actor, action, changes }) => {
        const who = actor.sub === me ? channels.sameName(me) : (actor.sub ?? channels.somebody)
        const fields = changes.map(({ field }) => nameOf(field)).join(', ')
        const when = at === null ? '' : channels.when(printHour(at), printAge(at))
        return (
          <li key={id}>
            <bdi>
              {action === 'channel.delete' ? channels.whoDeleted(who) : channels.whoChanged(who, fields)}
            </bdi>{' '}
            <span class="faint">{when}</span>
          </li>
        )
      })}
    </ul>
  )
}

function nameOf(field: string): string {
  return (channels.fields as Record<string, string>)[field] ?? field
}

interface BesideProps {
  readonly seen: Draft
  readonly theirs: Draft
  readonly mine: Draft | undefined
}

/** Only the fields that anybody touched. */
function Beside({ seen, theirs, mine }: BesideProps) {
  const touched = [...changedFields(theirs, seen), ...changedFields(mine ?? seen, seen)]
  const columns: Column<DraftField>[] = [
    { title: channels.field, cell: (name) => channels.fields[name] },
    { title: channels.before, cell: (name) => <bdi>{printField(name, seen)}</bdi> },
    { title: channels.theirs, cell: (name) => <Kept {...{ name, draft: theirs, seen }} /> },
  ]
  if (mine !== undefined)
    columns.push({ title: channels.yours, cell: (name) => <Kept {...{ name, draft: mine, seen }} /> })
  const items = FIELDS.filter((name) => touched.includes(name))
  return (
    <div class="beside">
      <Table {...{ caption: channels.besideCaption, items, columns, keyOf: (name: DraftField) => name }} />
    </div>
  )
}

function Kept({ name, draft, seen }: { name: DraftField; draft: Draft; seen: Draft }) {
  if (draft[name] === seen[name]) return <span class="faint">{channels.untouched}</span>
  return (
    <mark>
      <bdi>{printField(name, draft)}</bdi>
    </mark>
  )
}
