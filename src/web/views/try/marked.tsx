import type { ComponentChildren } from 'preact'
import type { Span } from './marks.ts'

/** A text whose changed stretches are marked; where they overlap the later one yields. */
export function Marked({ text, spans }: { text: string; spans: readonly Span[] }) {
  const pieces: ComponentChildren[] = []
  let at = 0
  for (const [start, end] of [...spans].sort(([one], [other]) => one - other)) {
    if (start < at) continue
    pieces.push(text.slice(at, start), <mark key={start}>{text.slice(start, end)}</mark>)
    at = end
  }
  return (
    <>
      {pieces}
      {text.slice(at)}
    </>
  )
}
