import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import { type Account, type AccountBody, PLANS, type Plan } from './account.ts'

/** Where a limit comes from: the plan, the account's own, or lifted by the account. */
export type LimitKind = 'plan' | 'own' | 'lifted'

/** One endpoint's limit, as it is typed. */
export interface LimitForm {
  readonly endpoint: string
  /** Was it added here, so that the endpoint is still to be named? */
  readonly isNew: boolean
  readonly kind: LimitKind
  readonly max: string
  readonly windowSeconds: string
}

/** What is typed and chosen of an account. */
export interface AccountForm {
  readonly tenantId: string
  readonly baseUrl: string
  readonly description: string
  readonly plan: Plan
  readonly source: 'kept' | 'pasted' | 'env' | 'file'
  readonly token: string
  /** The name of the variable, or the path of the file. */
  readonly place: string
  readonly monthly: LimitKind
  readonly monthlyCalls: string
  readonly enforceQuota: boolean
  readonly limits: readonly LimitForm[]
}

export const EMPTY_FORM: AccountForm = {
  ...{ tenantId: '', baseUrl: '', description: '', plan: 'growth' },
  ...{ source: 'pasted', token: '', place: '' },
  ...{ monthly: 'plan', monthlyCalls: '', enforceQuota: false, limits: [] },
}

/** The form of an account that is there. */
export function formOf(account: Account): AccountForm {
  const { tenantId, baseUrl, description = '', limits = {}, enforceQuota = false, tokenFrom } = account
  const monthlyCalls = limits['monthlyCalls']
  return {
    ...{ tenantId, baseUrl, description, enforceQuota },
    plan: PLANS.find((plan) => plan === account.plan) ?? 'growth',
    source: tokenFrom === undefined ? 'kept' : tokenFrom.env === undefined ? 'file' : 'env',
    token: '',
    place: tokenFrom?.env ?? tokenFrom?.file ?? '',
    monthly: kindOf(monthlyCalls),
    monthlyCalls: typeof monthlyCalls === 'number' ? String(monthlyCalls) : '',
    limits: Object.entries(account.limitsInForce).map(([endpoint, limit]) => ({
      ...{ endpoint, isNew: false, kind: kindOf(limits[endpoint]) },
      max: String(limit?.max ?? ''),
      windowSeconds: String(limit?.windowSeconds ?? '10'),
    })),
  }
}

function kindOf(own: unknown): LimitKind {
  if (own === undefined) return 'plan'
  return own === null ? 'lifted' : 'own'
}

/** What the form asks for. Throws a `Problem` that names the field where that is no number. */
export function bodyOf(form: AccountForm): AccountBody {
  const { tenantId, baseUrl, description, plan, enforceQuota } = form
  const limits = limitsOf(form)
  return {
    ...{ tenantId: tenantId.trim(), baseUrl: baseUrl.trim(), plan },
    ...(description !== '' && { description }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(enforceQuota && { enforceQuota }),
    ...tokenOf(form),
  }
}

function tokenOf({ source, token, place }: AccountForm): Pick<AccountBody, 'token' | 'tokenFrom'> {
  switch (source) {
    case 'kept':
      return {}
    case 'pasted':
      return token.trim() === '' ? {} : { token }
    case 'env':
      return { tokenFrom: { env: place.trim() } }
    case 'file':
      return { tokenFrom: { file: place.trim() } }
  }
}

type Limits = NonNullable<AccountBody['limits']>
type Rate = Limits[string]

function limitsOf({ monthly, monthlyCalls, limits }: AccountForm): Limits {
  // The one name in it that is no endpoint, `monthlyCalls`, has a form of its own.
  const all: Record<string, Rate | number> = {}
  for (const limit of limits.filter(({ kind }) => kind !== 'plan')) {
    const endpoint = limit.endpoint.trim()
    const name = `limits.${limit.endpoint}.endpoint`
    if (endpoint === '') throw wrongField(name, messages.accounts.endpointMissing)
    if (Object.hasOwn(all, endpoint)) throw wrongField(name, messages.accounts.endpointTwice)
    all[endpoint] = rateOf(limit)
  }
  if (monthly === 'lifted') all['monthlyCalls'] = null
  if (monthly === 'own') all['monthlyCalls'] = wholeNumber(monthlyCalls, 'limits.monthlyCalls')
  return all as Limits
}

function rateOf({ endpoint, kind, max, windowSeconds }: LimitForm): Rate {
  if (kind === 'lifted') return null
  return {
    max: wholeNumber(max, `limits.${endpoint}.max`),
    windowSeconds: wholeNumber(windowSeconds, `limits.${endpoint}.windowSeconds`),
  }
}

/** What is no number must not become `null` on its way, which would lift the limit. */
function wholeNumber(text: string, field: string): number {
  if (!/^\d{1,15}$/.test(text.trim())) throw wrongField(field, messages.accounts.wholeNumber)
  return Number(text)
}

/** Theirs, with what I have changed since `before`. */
export function mergeForms(before: AccountForm, mine: AccountForm, theirs: AccountForm): AccountForm {
  const isMine = (name: keyof AccountForm): boolean =>
    JSON.stringify(mine[name]) !== JSON.stringify(before[name])
  const names = Object.keys(theirs) as (keyof AccountForm)[]
  const changed = names.filter((name) => name !== 'limits' && isMine(name))
  const rest = Object.fromEntries(changed.map((name) => [name, mine[name]])) as Partial<AccountForm>
  return { ...theirs, ...rest, limits: mergeLimits(before.limits, mine.limits, theirs.limits) }
}

function mergeLimits(
  before: AccountForm['limits'],
  mine: AccountForm['limits'],
  theirs: AccountForm['limits'],
) {
  const untouched = new Set(before.map((limit) => JSON.stringify(limit)))
  const changed = mine.filter((limit) => !untouched.has(JSON.stringify(limit)))
  const names = new Set(changed.map(({ endpoint }) => endpoint))
  return [...theirs.filter(({ endpoint }) => !names.has(endpoint)), ...changed]
}
