import { readFileSync } from 'node:fs'
import { createSigner } from 'fast-jwt'
import type { Logger } from 'pino'
import type { ControlPlaneOptions } from './admin/parts.ts'
import type { AuthenticationOptions } from './authentication.ts'
import type { DirectoryReader } from './directory/directory.ts'
import { identityProvider } from './identity-provider.ts'
import { readPublicKeys } from './public-keys.ts'
import type { Settings } from './settings-schema.ts'

/** The keys that callers' and admins' tokens are verified with, and what is known of revoked ones. */
export function readTokenKeys(
  settings: Settings,
  directory: Pick<DirectoryReader, 'isRevoked'>,
  log: Logger,
): AuthenticationOptions {
  const { JWT_SECRET, JWT_PUBLIC_KEYS, JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE } = settings
  const provider =
    JWT_JWKS_URL === undefined
      ? undefined
      : identityProvider({
          url: JWT_JWKS_URL,
          maxAgeMs: settings.JWT_JWKS_MAX_AGE_MS,
          cooldownMs: settings.JWT_JWKS_COOLDOWN_MS,
          timeoutMs: settings.JWT_JWKS_TIMEOUT_MS,
          log,
        })
  return {
    secret: JWT_SECRET,
    publicKeys: JWT_PUBLIC_KEYS === undefined ? [] : readPublicKeys(readFileSync(JWT_PUBLIC_KEYS, 'utf8')),
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    ...(provider !== undefined && { provider }),
    isRevoked: (jti) => directory.isRevoked(jti),
  }
}

/** Tokens that the control plane issues have what this gateway wants of every token. */
export function makeSign({ JWT_SECRET, JWT_ISSUER, JWT_AUDIENCE }: Settings): ControlPlaneOptions['sign'] {
  if (JWT_SECRET === undefined) return undefined
  const own = { ...(JWT_ISSUER && { iss: JWT_ISSUER }), ...(JWT_AUDIENCE && { aud: JWT_AUDIENCE }) }
  const sign = createSigner({ key: JWT_SECRET, algorithm: 'HS256' })
  return (claims) => sign({ ...claims, ...own })
}
