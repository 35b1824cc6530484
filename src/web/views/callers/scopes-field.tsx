import { useEffect, useRef } from 'preact/hooks'
import type { operations } from '../../api/openapi.ts'
import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { CheckField } from '../../parts/field.tsx'

const { issue } = messages.callers

type OperationList = operations['listOperations']['responses'][200]['content']['application/json']
export type Scope = OperationList['items'][number]['scope']

/** A scope that comes to the gateway does not compile here until it is explained. */
const EXPLAINED: Readonly<Record<Scope, string>> = issue.scope

const GROUPS: readonly (readonly [title: keyof typeof issue.groups, scopes: readonly Scope[]])[] = [
  ['messages', ['messages:send', 'messages:read', 'chats:write']],
  ['contacts', ['contacts:read', 'contacts:write']],
  ['lists', ['templates:read', 'broadcasts:read']],
  ['account', ['account:read']],
  ['admin', ['admin:read', 'admin:write']],
]

/** In the order in which they are shown. */
export const SCOPES = GROUPS.flatMap(([, scopes]) => scopes)

/** What only admins have: it opens no channel. */
export const isForAdmins = (scope: Scope): boolean => scope.startsWith('admin:')

interface ScopesFieldProps {
  readonly chosen: ReadonlySet<Scope>
  readonly onChosen: (chosen: ReadonlySet<Scope>) => void
  readonly problem: Problem | undefined
}

/** The scopes of a token, each with what it opens. */
export function ScopesField({ chosen, onChosen, problem }: ScopesFieldProps) {
  const place = useRef<HTMLFieldSetElement>(null)
  const wrong = problem?.field === 'scope' ? problem.message : undefined
  useEffect(() => {
    if (wrong !== undefined) place.current?.querySelector('input')?.focus()
  }, [problem])
  const toggle = (scope: Scope): void => {
    const without = [...chosen].filter((one) => one !== scope)
    onChosen(new Set(chosen.has(scope) ? without : [...without, scope]))
  }
  return (
    <fieldset ref={place}>
      <legend>{issue.scopes}</legend>
      {wrong && (
        <p class="wrong" role="alert">
          {wrong}
        </p>
      )}
      <div class="scope-groups">
        {GROUPS.map(([title, scopes]) => (
          <ScopeGroup key={title} {...{ title: issue.groups[title], scopes, chosen, onToggle: toggle }} />
        ))}
      </div>
    </fieldset>
  )
}

interface ScopeGroupProps {
  readonly title: string
  readonly scopes: readonly Scope[]
  readonly chosen: ReadonlySet<Scope>
  readonly onToggle: (scope: Scope) => void
}

function ScopeGroup({ title, scopes, chosen, onToggle }: ScopeGroupProps) {
  return (
    <div class="scope-group" role="group" aria-label={title}>
      <h3>{title}</h3>
      {scopes.map((scope) => (
        <CheckField
          key={scope}
          {...{ label: scope, name: scope, hint: EXPLAINED[scope], isChecked: chosen.has(scope) }}
          onInput={() => onToggle(scope)}
        />
      ))}
    </div>
  )
}
