import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { messages } from '../messages/messages.ts'
import type { Resource } from '../hooks/use-resource.ts'
import { ProblemNote } from './problem-note.tsx'

interface ViewProps {
  readonly title: string
  /** Beside the title: what can be done here. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

/** A view of the page. Its title gets the focus when it comes up, so that a screen reader begins there. */
export function View({ title, actions, children }: ViewProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · ${messages.shell.product}`
    heading.current?.focus()
  }, [title])
  return (
    <>
      <header class="view-header">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

interface LoadedProps<T> {
  readonly of: Resource<T>
  readonly children: (data: T) => ComponentChildren
}

/** What was loaded; before that that it is loading, and why it failed. */
export function Loaded<T>({ of, children }: LoadedProps<T>) {
  const { data, problem, reload } = of
  return (
    <>
      <ProblemNote problem={problem} onRetry={reload} />
      {data !== undefined && children(data)}
      {data === undefined && problem === undefined && (
        <p class="loading" role="status">
          {messages.shell.loading}
        </p>
      )}
    </>
  )
}
