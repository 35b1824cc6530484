import { useEffect, useState } from 'preact/hooks'

const ANNOUNCED = 'announced'
const SHOWN_MS = 6_000

/** Says in a corner, and to screen readers, that something was done. */
export function announce(text: string): void {
  window.dispatchEvent(new CustomEvent(ANNOUNCED, { detail: text }))
}

/** Where it is said: one place for the whole page, which is always there. */
export function Announcements() {
  const [text, setText] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>
    const show = (event: Event): void => {
      setText((event as CustomEvent<string>).detail)
      clearTimeout(timer)
      timer = setTimeout(() => setText(''), SHOWN_MS)
    }
    window.addEventListener(ANNOUNCED, show)
    return () => {
      clearTimeout(timer)
      window.removeEventListener(ANNOUNCED, show)
    }
  }, [])
  return (
    <div class="announcements" role="status" aria-live="polite">
      {text !== '' && <p class="announcement">{text}</p>}
    </div>
  )
}
