import { useEffect, useRef, useState } from 'preact/hooks'
import { useSession } from '../../api/session.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { View } from '../../parts/view.tsx'
import '../../styles/callers.css'
import { IssueForm } from './issue-form.tsx'
import { IssuedDialog } from './issued-dialog.tsx'
import { TokenList } from './token-list.tsx'
import type { IssuedToken } from './tokens.ts'

const { callers } = messages

/** The tokens of callers: new ones, those there are, and the end of them. */
export function CallersView() {
  const { canWrite } = useSession()
  const [step, setStep] = useState<'none' | 'form' | IssuedToken>('none')
  const [issued, setIssued] = useState(0)
  const action = useFocusAfter(step === 'none')
  const show = (token: IssuedToken): void => {
    setStep(token)
    setIssued(issued + 1)
  }
  const open = (
    <div ref={action}>
      <Button kind="primary" onClick={() => setStep('form')}>
        {callers.issue.open}
      </Button>
    </div>
  )
  return (
    <View title={callers.title} actions={canWrite && open}>
      <p>{callers.intro}</p>
      {step === 'form' && <IssueForm onIssued={show} onCancel={() => setStep('none')} />}
      {typeof step === 'object' && <IssuedDialog token={step} onClose={() => setStep('none')} />}
      <TokenList issued={issued} />
    </View>
  )
}

/** Gives the focus back to the button in here when what it opened is closed. */
function useFocusAfter(isClosed: boolean) {
  const place = useRef<HTMLDivElement>(null)
  const wasClosed = useRef(true)
  useEffect(() => {
    if (isClosed && !wasClosed.current) place.current?.querySelector('button')?.focus()
    wasClosed.current = isClosed
  }, [isClosed])
  return place
}
