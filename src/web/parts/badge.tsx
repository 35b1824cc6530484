import type { ComponentChildren } from 'preact'

/** A word about a state; its colour says the same, never more. */
export function Badge({
  tone,
  children,
}: {
  tone: 'good' | 'warning' | 'bad' | 'quiet'
  children: ComponentChildren
}) {
  return <span class={`badge ${tone}`}>{children}</span>
}
