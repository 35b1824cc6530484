import type { ComponentChildren } from 'preact'
import { messages } from '../messages/messages.ts'

interface ButtonProps {
  readonly children: ComponentChildren
  readonly onClick?: () => unknown
  readonly kind?: 'plain' | 'primary' | 'danger'
  /** Under way: it cannot be pressed again, and says so. */
  readonly isBusy?: boolean
  readonly isDisabled?: boolean
  readonly type?: 'button' | 'submit'
  /** Where what stands on it is too short for those who do not see where it stands. */
  readonly label?: string
}

export function Button(props: ButtonProps) {
  const { children, onClick, kind = 'plain', isBusy = false, isDisabled = false, type = 'button' } = props
  return (
    <button
      {...{ type }}
      class={`button ${kind}`}
      disabled={isDisabled}
      aria-disabled={isBusy}
      aria-busy={isBusy}
      aria-label={props.label}
      onClick={(event) => {
        // Disabled while busy, it would lose the focus of whoever pressed it.
        if (isBusy) event.preventDefault()
        else void onClick?.()
      }}
    >
      {isBusy ? messages.shell.working : children}
    </button>
  )
}
