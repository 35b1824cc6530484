import { answer, api } from '../../api/client.ts'
import type { operations } from '../../api/openapi.ts'
import type { ListPage } from '../../hooks/use-pages.ts'

type TokenPage = operations['listTokens']['responses'][200]['content']['application/json']

/** What is known of a token. */
export type KnownToken = TokenPage['items'][number]

export type TokenOrder = operations['issueToken']['requestBody']['content']['application/json']
export type IssuedToken = operations['issueToken']['responses'][201]['content']['application/json']

/** The page's own sessions are kept among the tokens once they were ended; nobody issued them. */
const SESSION = 'session-'

/** A page of tokens; `sub` is the exact name of a caller, or empty. Throws a `Problem`. */
export async function listTokens(
  sub: string,
  pageLength: number,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ListPage<KnownToken>> {
  const query = {
    limit: String(pageLength),
    ...(cursor !== undefined && { cursor }),
    ...(sub !== '' && { sub }),
  }
  const { body } = await answer(api.GET('/v1/tokens', { params: { query }, signal }))
  return { ...body, items: body.items.filter(({ jti }) => !jti.startsWith(SESSION)) }
}

/** Throws a `Problem`; `conflict` where the gateway cannot issue tokens. */
export async function issueToken(order: TokenOrder): Promise<IssuedToken> {
  const { body } = await answer(api.POST('/v1/tokens', { body: order }))
  return body
}

/** Gives on how many replicas it is refused already: `all`, `1 of 2` or `unknown`. */
export async function revokeToken(jti: string): Promise<string | undefined> {
  const params = { path: { jti }, query: { wait: 'all' } } as const
  const { applied } = await answer(api.DELETE('/v1/tokens/{jti}', { params }))
  return applied
}

/** The `jti` of a token (JWT, RFC 7519); `undefined` for a text that is no token, `''` for a token without one. */
export function jtiInside(text: string): string | undefined {
  const claims = /^(?:Bearer\s+)?eyJ[\w-]*\.([\w-]+)\.[\w-]*$/i.exec(text.trim())?.[1]
  if (claims === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(claims.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    )
    const { jti } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    return typeof jti === 'string' ? jti : ''
  } catch {
    return ''
  }
}
