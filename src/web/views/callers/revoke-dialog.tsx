import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { announce } from '../../parts/announcement.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ProblemNote } from '../../parts/problem-note.tsx'
import { revokeToken } from './tokens.ts'

const { revoke } = messages.callers

interface RevokeDialogProps {
  readonly jti: string
  /** Whose token it is, where that is known. */
  readonly sub: string | undefined
  readonly onClose: () => void
  readonly onRevoked: () => void
}

/** Asks before a token is revoked: that cannot be undone. */
export function RevokeDialog({ jti, sub, onClose, onRevoked }: RevokeDialogProps) {
  const confirm = useAction(async () => {
    announce(done(await revokeToken(jti)))
    onRevoked()
  })
  return (
    <Dialog title={revoke.title(sub)} onClose={onClose}>
      <p>
        <code class="token-id">{jti}</code>
      </p>
      <p>{revoke.warning}</p>
      <ProblemNote problem={confirm.problem} />
      <div class="actions">
        <Button onClick={onClose}>{messages.shell.cancel}</Button>
        <Button kind="danger" onClick={confirm.run} isBusy={confirm.isBusy}>
          {revoke.confirm}
        </Button>
      </div>
    </Dialog>
  )
}

function done(applied: string | undefined): string {
  if (applied === 'all') return revoke.done
  return applied === undefined || applied === 'unknown' ? revoke.doneSomewhere : revoke.doneOn(applied)
}
