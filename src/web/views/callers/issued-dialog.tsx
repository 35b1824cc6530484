import { messages } from '../../messages/messages.ts'
import { printTime } from '../../messages/numbers.ts'
import { Button } from '../../parts/button.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import type { IssuedToken } from './tokens.ts'

const { issued } = messages.callers

const TOKEN = 'issued-token'

/** The one time that a token is seen: whoever closes this has forgotten it. */
export function IssuedDialog({ token, onClose }: { token: IssuedToken; onClose: () => void }) {
  const { sub = '', jti, expiresAt } = token
  return (
    <Dialog title={issued.title(sub)} onClose={onClose}>
      <p class="note warning">{issued.once}</p>
      <pre id={TOKEN}>{token.token}</pre>
      <div class="actions">
        <CopyButton text={token.token} of={TOKEN} label={issued.copy} />
      </div>
      <dl class="facts">
        <dt>{issued.expires}</dt>
        <dd>{expiresAt !== undefined && printTime(expiresAt)}</dd>
        <dt>{issued.jti}</dt>
        <dd>
          <code class="token-id">{jti}</code>
          <p class="hint">{issued.jtiHint}</p>
        </dd>
      </dl>
      <div class="actions">
        <Button onClick={onClose}>{issued.done}</Button>
      </div>
    </Dialog>
  )
}
