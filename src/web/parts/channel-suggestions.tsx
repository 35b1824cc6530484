import { answer, api } from '../api/client.ts'
import { useResource } from '../hooks/use-resource.ts'
import { useSettled } from '../hooks/use-settled.ts'

const SHOWN = 20
const LONGEST_SEARCH = 100

/** Aliases that fit what is typed, for the field whose `list` is this id. Without an answer there are none. */
export function ChannelSuggestions({ id, typed }: { id: string; typed: string }) {
  const q = useSettled(typed.trim().slice(0, LONGEST_SEARCH))
  const { data = [] } = useResource(
    async (signal) => {
      const query = { limit: String(SHOWN), ...(q !== '' && { q }) }
      const { body } = await answer(api.GET('/v1/channels', { params: { query }, signal }))
      return body.items
    },
    [q],
  )
  return (
    <datalist id={id}>
      {data.map(({ alias, number, description }) => (
        <option key={alias} value={alias}>
          {[number, description].filter(Boolean).join(' · ')}
        </option>
      ))}
    </datalist>
  )
}
