import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { printTime } from '../../messages/numbers.ts'
import { SelectField, TextField } from '../../parts/field.tsx'

const { issue } = messages.callers

const DAY_SECONDS = 24 * 60 * 60
const USUAL_DAYS = [30, 90, 365]
const OWN = 'own'

export interface Life {
  /** Days, or `own`. */
  readonly choice: string
  /** As typed. */
  readonly ownDays: string
}

export const USUAL_LIFE: Life = { choice: '90', ownDays: '' }

/** A token's life in seconds; `undefined` when it is not a whole number of days. */
export function secondsOf({ choice, ownDays }: Life): number | undefined {
  const days = choice === OWN ? ownDays.trim() : choice
  if (!/^[1-9]\d{0,6}$/.test(days)) return undefined
  return Number(days) * DAY_SECONDS
}

interface LifeFieldProps {
  readonly life: Life
  readonly onLife: (life: Life) => void
  readonly problem: Problem | undefined
}

/** How long the token is good; said is also when that ends. */
export function LifeField({ life, onLife, problem }: LifeFieldProps) {
  const isOwn = life.choice === OWN
  const seconds = secondsOf(life)
  const hint = seconds === undefined ? undefined : issue.endsOn(endOf(seconds))
  const options = [
    ...USUAL_DAYS.map((days) => ({ value: String(days), label: issue.days(days) })),
    { value: OWN, label: issue.ownLife },
  ]
  return (
    <div class="fields">
      <SelectField
        {...{ label: issue.life, name: isOwn ? 'life' : 'expiresIn', options, problem }}
        {...{ value: life.choice, hint: isOwn ? undefined : hint }}
        onInput={(choice) => onLife({ ...life, choice })}
      />
      {isOwn && (
        <TextField
          {...{ label: issue.ownDays, name: 'expiresIn', hint, problem, inputMode: 'numeric' }}
          {...{ value: life.ownDays, onInput: (ownDays) => onLife({ ...life, ownDays }) }}
        />
      )}
    </div>
  )
}

/** Beyond the days that dates have (ECMAScript, 21.4.1.1) there is nothing to say. */
function endOf(seconds: number): string {
  const end = new Date(Date.now() + seconds * 1_000)
  return Number.isNaN(end.getTime()) ? '…' : printTime(end.toISOString())
}
