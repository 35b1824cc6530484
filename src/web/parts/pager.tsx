import { messages } from '../messages/messages.ts'
import type { Pages } from '../hooks/use-pages.ts'
import { Button } from './button.tsx'

/** To and fro through a list; nothing when it has one page. */
export function Pager<T>({ pages }: { pages: Pages<T> }) {
  const { next, previous, number, isLoading } = pages
  if (next === undefined && previous === undefined) return null
  const { shell } = messages
  return (
    <nav class="pager" aria-label={shell.page(number)}>
      <Button isDisabled={previous === undefined} onClick={() => previous?.()}>
        {shell.previous}
      </Button>
      <span aria-live="polite">{isLoading ? shell.loading : shell.page(number)}</span>
      <Button isDisabled={next === undefined} onClick={() => next?.()}>
        {shell.next}
      </Button>
    </nav>
  )
}
