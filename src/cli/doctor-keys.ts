import { readFileSync } from 'node:fs'
import { makeJwksClient, readJwksUrl } from '../fetch-jwks.ts'
import type { Finding } from '../finding.ts'
import { readProviderKeys } from '../provider-keys.ts'
import { readPublicKeys } from '../public-keys.ts'
import type { Settings } from '../settings-schema.ts'

/** The keys that seal records, and those by which callers are known. The settings are right already. */
export async function checkKeys(settings: Settings): Promise<Finding[]> {
  return [
    judgeEncryption(settings),
    ...judgeSecret(settings),
    ...judgeFile(settings),
    ...(await checkProvider(settings)),
    ...judgeAudience(settings),
  ]
}

function judgeEncryption({ ENCRYPTION_KEYS }: Settings): Finding {
  if (ENCRYPTION_KEYS === undefined) {
    return { level: 'ok', what: 'records are sealed with the key in DATA_DIR: back it up with the folder' }
  }
  const ids = ENCRYPTION_KEYS.split(',').map((entry) => entry.trim().split(':')[0] ?? '')
  return { level: 'ok', what: `ENCRYPTION_KEYS: ${ids[0] ?? ''} seals, ${ids.join(', ')} open` }
}

function judgeSecret({ JWT_SECRET }: Settings): Finding[] {
  return JWT_SECRET === undefined ? [] : [{ level: 'ok', what: 'JWT_SECRET is set: HS256 tokens are taken' }]
}

function judgeFile({ JWT_PUBLIC_KEYS }: Settings): Finding[] {
  if (JWT_PUBLIC_KEYS === undefined) return []
  const keys = readPublicKeys(readFileSync(JWT_PUBLIC_KEYS, 'utf8'))
  return [{ level: 'ok', what: `JWT_PUBLIC_KEYS holds ${keys.length} key(s)` }]
}

async function checkProvider({ JWT_JWKS_URL, JWT_JWKS_TIMEOUT_MS }: Settings): Promise<Finding[]> {
  if (JWT_JWKS_URL === undefined) return []
  const client = makeJwksClient(readJwksUrl(JWT_JWKS_URL), JWT_JWKS_TIMEOUT_MS)
  try {
    const { keys, skipped } = readProviderKeys(await client.fetch())
    const taken: Finding = {
      level: 'ok',
      what: `JWT_JWKS_URL answers with ${keys.length} key(s) that can be used`,
    }
    return [
      taken,
      ...skipped.map((one): Finding => ({ level: 'warn', what: `JWT_JWKS_URL: left out ${one}` })),
    ]
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    const advice =
      'see that the identity provider can be reached from here, and that the address is that of its JWKS'
    return [
      { level: 'fail', what: `JWT_JWKS_URL gives no keys: ${message || (code ?? 'no connection')}`, advice },
    ]
  }
}

/** Identity providers sign tokens for many services with one key. */
function judgeAudience({ JWT_JWKS_URL, JWT_AUDIENCE }: Settings): Finding[] {
  if (JWT_JWKS_URL === undefined || JWT_AUDIENCE !== undefined) return []
  const what = 'tokens that the identity provider made for other services are taken, too'
  return [{ level: 'warn', what, advice: 'set JWT_AUDIENCE' }]
}
