import { useState } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import type { Account } from './account.ts'
import { printSource } from './account-words.ts'
import { RotateToken } from './rotate-token.tsx'
import { Age, TokenExpiry } from './token-expiry.tsx'

const { accounts: texts } = messages

interface TokenCardProps {
  readonly account: Account
  readonly onWritten: (account: Account) => void
  readonly onRead: () => void
}

/** The token by its fingerprint and age, and the way to a new one. */
export function TokenCard({ account, onWritten, onRead }: TokenCardProps) {
  const { canWrite } = useSession()
  const [isRotating, setRotating] = useState(false)
  const close = (): void => setRotating(false)
  return (
    <section class="card">
      <h2>{texts.token}</h2>
      <TokenFacts account={account} />
      {canWrite && (
        <p>
          <Button onClick={() => setRotating(true)}>{texts.rotate}</Button>
        </p>
      )}
      {isRotating && <RotateToken {...{ account, onWritten, onRead }} onClose={close} />}
    </section>
  )
}

function TokenFacts({ account }: { account: Account }) {
  const { token } = account
  return (
    <>
      <dl class="facts">
        <dt>{texts.fingerprint}</dt>
        <dd>
          <code>{token.fingerprint ?? texts.noToken}</code>
        </dd>
        <dt>{texts.written}</dt>
        <dd>
          <Age at={token.updatedAt} />
        </dd>
        <dt>{texts.expiry}</dt>
        <dd>
          <TokenExpiry token={token} />
        </dd>
        <dt>{texts.keptIn}</dt>
        <dd>{printSource(account)}</dd>
      </dl>
      <p class="hint">{texts.fingerprintHint}</p>
    </>
  )
}
