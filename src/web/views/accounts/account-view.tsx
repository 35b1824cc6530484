import { useState } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { InForceCard } from '../../parts/in-force.tsx'
import { Loaded, View } from '../../parts/view.tsx'
import '../../styles/accounts.css'
import { type Account, readAccount } from './account.ts'
import { DetailsCard, QuotaCard } from './account-cards.tsx'
import { DeleteCard } from './delete-account.tsx'
import { EditAccount } from './edit-account.tsx'
import { LimitsCard } from './limits-card.tsx'
import { TokenCard } from './token-card.tsx'
import { Warnings } from './warnings.tsx'

const { accounts: texts, shell } = messages

/** How often the calls of the month are looked at again. */
const LOOK_EVERY_MS = 15_000

/** One account: what it is, its token, its limits, its calls. */
export function AccountView({ id }: { id: string }) {
  const { canWrite } = useSession()
  const [isEditing, setEditing] = useState(false)
  const [written, setWritten] = useState<number>()
  const account = useResource((signal) => readAccount(id, signal), [id], LOOK_EVERY_MS)
  const onWritten = ({ revision }: Account): void => {
    setWritten(revision)
    account.reload()
  }
  const leaveForm = (): void => {
    setEditing(false)
    account.reload()
    // The form goes away with the focus in it.
    document.querySelector<HTMLElement>('h1')?.focus()
  }
  const edit = canWrite && !isEditing && account.data !== undefined && (
    <Button onClick={() => setEditing(true)}>{shell.edit}</Button>
  )
  return (
    <View title={id} actions={edit}>
      <Loaded of={account}>
        {(data) => (
          <>
            {written !== undefined && (
              <InForceCard key={written} revision={written} onClose={() => setWritten(undefined)} />
            )}
            {isEditing ? (
              <EditAccount account={data} onWritten={onWritten} onClose={leaveForm} />
            ) : (
              <AccountCards {...{ account: data, onWritten, onRead: account.reload }} />
            )}
          </>
        )}
      </Loaded>
    </View>
  )
}

interface AccountCardsProps {
  readonly account: Account
  readonly onWritten: (account: Account) => void
  readonly onRead: () => void
}

function AccountCards({ account, onWritten, onRead }: AccountCardsProps) {
  const { canWrite } = useSession()
  const { warnings } = account
  return (
    <>
      {warnings.length > 0 && (
        <section class="note warning" aria-label={texts.warnings}>
          <Warnings of={warnings} />
        </section>
      )}
      <div class="cards">
        <DetailsCard account={account} />
        <TokenCard {...{ account, onWritten, onRead }} />
        <QuotaCard account={account} />
      </div>
      <LimitsCard account={account} />
      {canWrite && <DeleteCard {...{ account, onRead }} />}
    </>
  )
}
