import type { Static } from '@sinclair/typebox'
import type { AccountFields } from '../directory/entry.ts'
import type { TokenReader } from '../directory/token-reader.ts'
import type { Account, Limits, TokenSource } from '../domain/account.ts'
import { OPERATIONS } from '../domain/operation.ts'
import { Secret } from '../domain/secret.ts'
import type { WatiHosts } from '../domain/wati-hosts.ts'
import { withoutBearer } from '../domain/wati-token.ts'
import { Refusal } from '../errors.ts'
import type { AccountBody } from './account-schema.ts'

type TokenFields = Pick<AccountFields, 'token' | 'tokenFrom' | 'tokenUpdatedAt' | 'tokenExpiresAt'>

interface Means {
  readonly watiHosts: WatiHosts
  readonly tokenReader: TokenReader
  /** RFC 3339 */
  readonly now: string
}

/** The account that a `PUT` makes of the one that is there. Throws `invalid-request` with the field. */
export function accountFrom(
  id: string,
  body: Static<typeof AccountBody>,
  current: Account | undefined,
  means: Means,
): AccountFields {
  const { tenantId, plan = 'growth', limits, enforceQuota, description } = body
  return {
    id,
    tenantId,
    baseUrl: checkBaseUrl(means.watiHosts, body.baseUrl),
    ...tokenFrom(body, current, means),
    plan,
    ...(limits !== undefined && { limits: checkLimits(limits) }),
    ...(enforceQuota !== undefined && { enforceQuota }),
    ...(description !== undefined && { description }),
  }
}

/** The fields of a token that was given; those of a token that is there already stay as they are. */
export function givenToken(
  pasted: string,
  current: Account | undefined,
  now: string,
  expiresAt?: string,
): TokenFields {
  const token = new Secret(withoutBearer(pasted))
  const isSame = current?.tokenFrom === undefined && token.equals(current?.token)
  const ends = expiresAt ?? (isSame ? current?.tokenExpiresAt : undefined)
  return {
    token,
    tokenUpdatedAt: isSame ? (current?.tokenUpdatedAt ?? now) : now,
    ...(ends !== undefined && { tokenExpiresAt: ends }),
  }
}

function tokenFrom(
  body: Static<typeof AccountBody>,
  current: Account | undefined,
  { tokenReader, now }: Means,
): TokenFields {
  if (body.token !== undefined && body.tokenFrom !== undefined)
    throw invalid('The fields "token" and "tokenFrom" exclude each other: send one of them.')
  if (body.token !== undefined) return givenToken(body.token, current, now)
  if (body.tokenFrom !== undefined) return sourceOf(body.tokenFrom, current, tokenReader, now)
  if (current === undefined) throw invalid('A new account needs the field "token" or "tokenFrom".')
  return storedToken(current)
}

/** As it stands in the store: a token that is kept elsewhere does not. */
export function storedToken(account: Account): TokenFields {
  const { token, tokenFrom: source, tokenUpdatedAt, tokenExpiresAt } = account
  return {
    ...(source === undefined ? token !== undefined && { token } : { tokenFrom: source }),
    tokenUpdatedAt,
    ...(tokenExpiresAt !== undefined && { tokenExpiresAt }),
  }
}

function sourceOf(
  source: TokenSource,
  current: Account | undefined,
  reader: TokenReader,
  now: string,
): TokenFields {
  try {
    reader.read(source)
  } catch (error) {
    throw invalid(`The field "tokenFrom" cannot be used: ${(error as Error).message}.`)
  }
  const isSame = JSON.stringify(source) === JSON.stringify(current?.tokenFrom)
  return { tokenFrom: source, tokenUpdatedAt: isSame ? (current?.tokenUpdatedAt ?? now) : now }
}

function checkBaseUrl(watiHosts: WatiHosts, baseUrl: string): string {
  try {
    return watiHosts.check(baseUrl)
  } catch (error) {
    throw invalid(`The field "baseUrl" cannot be used: ${(error as Error).message}.`)
  }
}

const ENDPOINTS = new Set(['monthlyCalls', ...OPERATIONS.map((operation) => operation.name)])

function checkLimits(limits: Limits): Limits {
  const unknown = Object.keys(limits).find((name) => !ENDPOINTS.has(name))
  if (unknown !== undefined)
    throw invalid(`The field "limits" names an endpoint that Wati does not have: ${unknown}.`)
  return limits
}

function invalid(detail: string): Refusal {
  return new Refusal('invalid-request', detail)
}
