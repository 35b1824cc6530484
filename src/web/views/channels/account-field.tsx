import { useId } from 'preact/hooks'
import { answer, api } from '../../api/client.ts'
import type { Problem } from '../../api/problem.ts'
import { useResource } from '../../hooks/use-resource.ts'
import { SelectField, TextField } from '../../parts/field.tsx'

/** More are not leafed through in a list: their name is typed. */
const MOST_TO_CHOOSE_FROM = 200

interface AccountFieldProps {
  readonly label: string
  readonly value: string
  readonly onInput: (account: string) => void
  /** What stands for no account. */
  readonly none: string
  readonly hint?: string
  readonly problem?: Problem | undefined
  readonly isRequired?: boolean
}

/** One of the accounts: chosen from a list, or typed with suggestions where there are very many. */
export function AccountField({ value, none, ...rest }: AccountFieldProps) {
  const list = useId()
  const { data, problem } = useResource(loadAccounts, [])
  const field = { ...rest, value, name: 'account' }
  if (problem !== undefined || data?.isWhole === false) {
    return (
      <div class="field">
        <TextField {...field} list={list} autoComplete="off" spellcheck={false} />
        <datalist id={list}>
          {data?.ids.map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
      </div>
    )
  }
  // What stands there stays there, whether it is in the list or not.
  const ids = new Set([...(data?.ids ?? []), value].filter((id) => id !== ''))
  const options = [{ value: '', label: none }, ...[...ids].map((id) => ({ value: id, label: id }))]
  return <SelectField {...field} options={options} />
}

async function loadAccounts(signal: AbortSignal) {
  const query = { limit: String(MOST_TO_CHOOSE_FROM) }
  const { body } = await answer(api.GET('/v1/accounts', { params: { query }, signal }))
  return { ids: body.items.map(({ id }) => id), isWhole: body.nextCursor === null }
}
