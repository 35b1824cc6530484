import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import type { Account } from './account.ts'
import { type FieldInWords, changesBetween } from './account-changes.ts'
import type { Conflict } from './use-account-write.ts'

const { accounts: texts } = messages

interface ConflictNoteProps {
  readonly conflict: Conflict
  /** The account as it was when this admin began. */
  readonly before: Account
  /** What can be done now. */
  readonly children: ComponentChildren
}

/** Another admin changed the account first: what they changed, and the choice what to do. */
export function ConflictNote({ conflict: { theirs, by }, before, children }: ConflictNoteProps) {
  const note = useRef<HTMLDivElement>(null)
  useEffect(() => note.current?.focus(), [theirs])
  const changes = changesBetween(before, theirs)
  return (
    <div class="note warning" role="alert" tabIndex={-1} ref={note}>
      <p>{by === undefined ? texts.conflict : texts.conflictBy(by)}</p>
      {changes.length === 0 && <p>{texts.conflictNothing}</p>}
      <ul class="changes">{changes.map(printChange)}</ul>
      <div class="actions">{children}</div>
    </div>
  )
}

function printChange({ label, from, to }: FieldInWords) {
  return <li key={label}>{texts.conflictChange(label, from, to)}</li>
}
