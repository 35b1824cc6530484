import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { queryNow, useQuery } from '../../hooks/use-address.ts'
import { useSettled } from '../../hooks/use-settled.ts'
import { messages } from '../../messages/messages.ts'
import { Button } from '../../parts/button.tsx'
import { SelectField, TextField } from '../../parts/field.tsx'
import { AccountField } from './account-field.tsx'
import type { Filters } from './channel.ts'

const { channels } = messages

const NO_FILTERS: Filters = { q: '', account: '', enabled: '' }

/** The filters of the list: they live in the address, so that Back and a bookmark lead to the same list. */
export function useFilters(): [Filters, (part: Partial<Filters>) => void] {
  const [query, setQuery] = useQuery()
  // Two fields may settle at the same moment: neither takes back what the other has just written.
  return [readFilters(query), (part) => setQuery({ ...readFilters(queryNow()), ...part })]
}

function readFilters(query: URLSearchParams): Filters {
  const enabled = query.get('enabled')
  return {
    q: (query.get('q') ?? '').slice(0, 100),
    account: query.get('account') ?? '',
    enabled: enabled === 'true' || enabled === 'false' ? enabled : '',
  }
}

const STATES = [
  { value: '', label: channels.anyState },
  { value: 'true', label: channels.on },
  { value: 'false', label: channels.off },
]

interface ChannelFiltersProps {
  readonly filters: Filters
  readonly onChange: (part: Partial<Filters>) => void
}

export function ChannelFilters({ filters, onChange }: ChannelFiltersProps) {
  const isAny = Object.values(filters).some((value) => value !== '')
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <div class="fields">
        <TypedField value={filters.q} onSettled={(q) => onChange({ q })}>
          {(value, onInput) => (
            <TextField
              {...{
                label: channels.search,
                name: 'q',
                type: 'search',
                hint: channels.searchHint,
                value,
                onInput,
              }}
              {...{ autoComplete: 'off', spellcheck: false, maxLength: 100 }}
            />
          )}
        </TypedField>
        <TypedField value={filters.account} onSettled={(account) => onChange({ account })}>
          {(value, onInput) => (
            <AccountField
              {...{ label: channels.fields.account, none: channels.anyAccount, value, onInput }}
            />
          )}
        </TypedField>
        <SelectField
          {...{ label: channels.state, name: 'enabled', value: filters.enabled, options: STATES }}
          onInput={(enabled) => onChange({ enabled: enabled as Filters['enabled'] })}
        />
      </div>
      {isAny && <Button onClick={() => onChange(NO_FILTERS)}>{channels.clearFilters}</Button>}
    </form>
  )
}

interface TypedFieldProps {
  readonly value: string
  readonly onSettled: (value: string) => void
  readonly children: (value: string, onInput: (value: string) => void) => ComponentChildren
}

/** A text that counts once its writer pauses, and follows when it is changed from elsewhere. */
function TypedField({ value, onSettled, children }: TypedFieldProps) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const settled = useSettled(text).trim()
  useEffect(() => {
    if (settled === told.current) return
    told.current = settled
    onSettled(settled)
  }, [settled])
  useEffect(() => {
    if (value === told.current) return
    told.current = value
    setText(value)
  }, [value])
  return <>{children(text, setText)}</>
}
