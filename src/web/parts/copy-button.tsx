import { messages } from '../messages/messages.ts'
import { announce } from './announcement.tsx'
import { Button } from './button.tsx'

/** Copies a text, and says whether it did. `of` is the id of the element that shows the text. */
export function CopyButton({ text, of, label }: { text: string; of: string; label?: string }) {
  const copy = async (): Promise<void> => {
    announce((await isCopied(text, of)) ? messages.shell.copied : messages.shell.copyFailed)
  }
  return (
    <Button onClick={copy} {...(label !== undefined && { label })}>
      {messages.shell.copy}
    </Button>
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
