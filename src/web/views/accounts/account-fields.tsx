import type { Problem } from '../../api/problem.ts'
import { messages } from '../../messages/messages.ts'
import { AreaField, CheckField, SelectField, TextField } from '../../parts/field.tsx'
import { PLANS, type Plan } from './account.ts'
import type { AccountForm, LimitKind } from './account-form.ts'
import { LimitFields } from './limit-fields.tsx'
import { KINDS } from './limit-kinds.ts'
import { TokenSourceFields } from './token-source-fields.tsx'

const { accounts: texts } = messages

/** Refusals of these stand beside their fields. */
export const ACCOUNT_FIELDS = [
  ...['tenantId', 'baseUrl', 'description', 'plan', 'token', 'tokenFrom', 'limits'],
] as const

interface AccountFieldsProps {
  readonly form: AccountForm
  readonly problem: Problem | undefined
  /** The places to choose from where the token may come from. */
  readonly sources: readonly AccountForm['source'][]
  readonly onChange: (form: AccountForm) => void
}

/** All of an account but its id. */
export function AccountFields({ form, problem, sources, onChange }: AccountFieldsProps) {
  const change = (part: Partial<AccountForm>): void => onChange({ ...form, ...part })
  return (
    <>
      <TextField
        {...{ label: texts.tenantId, name: 'tenantId', hint: texts.tenantIdHint, isRequired: true, problem }}
        {...{ value: form.tenantId, inputMode: 'numeric', autoComplete: 'off' }}
        onInput={(tenantId) => change({ tenantId })}
      />
      <TextField
        {...{ label: texts.baseUrl, name: 'baseUrl', hint: texts.baseUrlHint, isRequired: true, problem }}
        {...{ value: form.baseUrl, inputMode: 'url', autoComplete: 'off', spellcheck: false }}
        onInput={(baseUrl) => change({ baseUrl })}
      />
      <AreaField
        {...{ label: texts.description, name: 'description', rows: 2, problem, value: form.description }}
        onInput={(description) => change({ description })}
      />
      <TokenSourceFields {...{ form, problem, sources, change }} />
      <PlanFields {...{ form, problem, change }} />
      <LimitFields {...{ problem, limits: form.limits }} onChange={(limits) => change({ limits })} />
    </>
  )
}

interface PartProps {
  readonly form: AccountForm
  readonly problem: Problem | undefined
  readonly change: (part: Partial<AccountForm>) => void
}

function PlanFields({ form, problem, change }: PartProps) {
  const { plan, monthly, monthlyCalls, enforceQuota } = form
  return (
    <fieldset>
      <legend>{texts.plan}</legend>
      <div class="fields">
        <SelectField
          {...{ label: texts.plan, name: 'plan', hint: texts.planHint, value: plan, problem }}
          options={PLANS.map((value) => ({ value, label: texts.plans[value] }))}
          onInput={(plan) => change({ plan: plan as Plan })}
        />
        <SelectField
          {...{ label: texts.monthly, name: 'monthly', value: monthly, options: KINDS }}
          onInput={(monthly) => change({ monthly: monthly as LimitKind })}
        />
        {monthly === 'own' && (
          <TextField
            {...{ label: texts.monthlyCalls, name: 'limits.monthlyCalls', problem }}
            {...{ value: monthlyCalls, inputMode: 'numeric', autoComplete: 'off' }}
            onInput={(monthlyCalls) => change({ monthlyCalls })}
          />
        )}
      </div>
      <CheckField
        {...{ label: texts.enforceQuota, name: 'enforceQuota', isChecked: enforceQuota }}
        onInput={(enforceQuota) => change({ enforceQuota })}
      />
    </fieldset>
  )
}
