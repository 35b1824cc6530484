import { Agent } from 'undici'

/** Of the settings; both in milliseconds. */
interface Timeouts {
  readonly WATI_CONNECT_TIMEOUT_MS: number
  readonly WATI_TIMEOUT_MS: number
}

/**
 * The only way out to Wati: a pool of connections for each origin. Every option that matters is written out,
 * because the defaults of the proxy's own client do not verify TLS (CVE-2026-107318).
 * No interceptor is composed onto it: no redirect, retry, cache or cookie handling.
 */
export function makeWatiAgent(settings: Timeouts): Agent {
  return new Agent({
    connect: { timeout: settings.WATI_CONNECT_TIMEOUT_MS, rejectUnauthorized: true },
    allowH2: false,
    // One request at a time on a connection: an answer can never be taken for another's (CVE-2026-6733).
    pipelining: 1,
    headersTimeout: settings.WATI_TIMEOUT_MS,
    bodyTimeout: settings.WATI_TIMEOUT_MS,
    keepAliveTimeout: 4_000,
  })
}
