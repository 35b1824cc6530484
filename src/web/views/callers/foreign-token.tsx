import { useState } from 'preact/hooks'
import { wrongField } from '../../api/wrong-field.ts'
import { useAction } from '../../hooks/use-action.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import { jtiInside } from './tokens.ts'

const { foreign } = messages.callers

/** Revokes by a typed `jti`, wherever the token was issued. A pasted token is not kept: it would end up in the audit. */
export function ForeignToken({ onRevoke }: { onRevoke: (jti: string) => void }) {
  const [{ jti, isWithoutId }, setTyped] = useState({ jti: '', isWithoutId: false })
  const ask = useAction(async () => {
    if (jti.trim() === '') throw wrongField('jti', isWithoutId ? foreign.noJti : foreign.missing)
    onRevoke(jti.trim())
  })
  const take = (text: string): void => {
    const inside = jtiInside(text)
    // Always a new object, so that the field is drawn anew and a pasted token is gone from it.
    setTyped({ jti: inside ?? text, isWithoutId: inside === '' })
  }
  return (
    <section class="card" aria-labelledby="foreign-token">
      <h2 id="foreign-token">{foreign.title}</h2>
      <p class="faint">{foreign.hint}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void ask.run()
        }}
      >
        <TextField
          {...{ label: foreign.jti, name: 'jti', hint: foreign.jtiHint, problem: ask.problem }}
          {...{ value: jti, onInput: take, autoComplete: 'off', spellcheck: false }}
        />
        <Button type="submit">{foreign.submit}</Button>
      </form>
    </section>
  )
}
