import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import type { Channel } from './channel.ts'
import { ConflictNote } from './conflict-note.tsx'
import type { Draft } from './draft.ts'
import type { GuardedWrite } from './use-guarded-write.ts'

interface ChangeDialogProps {
  readonly title: string
  /** What stands on the button that writes. */
  readonly verb: string
  readonly kind?: 'primary' | 'danger'
  readonly write: GuardedWrite
  /** Those whose problems stand beside them. */
  readonly fields?: readonly string[]
  readonly mine?: Draft
  readonly onTakeTheirs: (theirs: Channel) => void
  readonly onKeepMine?: (theirs: Channel) => void
  readonly onGone: () => void
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** A change of a channel, before it is written; where somebody else was faster, it says so and goes on. */
export function ChangeDialog(props: ChangeDialogProps) {
  const { title, verb, kind = 'primary', write, fields = [], onClose, children } = props
  const { action, conflict, decideOn } = write
  const form = useRef<HTMLFormElement>(null)
  const choose = (theirs: Channel, onChosen: ((theirs: Channel) => void) | undefined): void => {
    // The button that was pressed goes away with the note.
    form.current?.querySelector<HTMLElement>('input, select, textarea, button')?.focus()
    decideOn(theirs)
    onChosen?.(theirs)
  }
  return (
    <Dialog {...{ title, onClose }}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          void action.run()
        }}
      >
        {children}
        <ProblemNote problem={action.problem} fields={fields} />
        <ConflictNote
          {...{ conflict, onGone: props.onGone, ...(props.mine && { mine: props.mine }) }}
          onTakeTheirs={(theirs) => choose(theirs, props.onTakeTheirs)}
          onKeepMine={(theirs) => choose(theirs, props.onKeepMine)}
        />
        <div class="actions">
          <Button onClick={onClose}>{messages.shell.cancel}</Button>
          <Button {...{ type: 'submit', kind }} isBusy={action.isBusy} isDisabled={conflict !== undefined}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
