import { useEffect, useState } from 'preact/hooks'
import { messages } from '../messages/messages.ts'
import { Button } from './button.tsx'

const SAID_MS = 6_000

/**
 * Copies a text, and says beside itself whether it did: in a dialog nothing else of the page is heard.
 * `of` is the id of the element that shows the text.
 */
export function CopyButton({ text, of, label }: { text: string; of: string; label?: string }) {
  const [said, setSaid] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = async (): Promise<void> => {
    setSaid((await isCopied(text, of)) ? messages.shell.copied : messages.shell.copyFailed)
  }
  return (
    <span class="copy">
      <span role="status" class="faint">
        {said}
      </span>
      <Button onClick={copy} {...(label !== undefined && { label })}>
        {messages.shell.copy}
      </Button>
    </span>
  )
}

async function isCopied(text: string, of: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Over plain http there is no clipboard: the text is selected, so that a key does it.
    const shown = document.getElementById(of)
    if (shown !== null) getSelection()?.selectAllChildren(shown)
    return false
  }
}
