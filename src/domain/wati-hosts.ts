/** Where accounts may point: decides on a `baseUrl`, so that no token ever leaves for a foreign host. */
export interface WatiHosts {
  /** Gives the origin (`https://live-mt-server.wati.io`), or throws a sentence that says what is wrong. */
  check(baseUrl: string): string
}

interface Rule {
  readonly protocol: 'https:' | 'http:'
  readonly host: string
  readonly anySubdomain: boolean
  readonly port: string
}

const RULE = /^(?:(https?):\/\/)?(\*\.)?([a-z0-9.-]+|\[[0-9a-f:]+\])(?::([0-9]{1,5}))?\/?$/
const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const HOSTNAME = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:]+\\])$`)
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/

/**
 * Reads `WATI_HOSTS`: a comma list of hosts, `*.domain`, `host:port` or origins; without a port, 443.
 * Throws a sentence for an entry that is none of these, or plain http to anything but loopback.
 */
export function readWatiHosts(list: string): WatiHosts {
  const rules = list.split(',').map((entry) => readRule(entry.trim().toLowerCase()))
  return {
    check(baseUrl) {
      const url = readOrigin(baseUrl)
      if (!rules.some((rule) => matches(rule, url))) {
        throw new Error(`its host is not among the allowed ones (WATI_HOSTS: ${list})`)
      }
      return url.origin
    },
  }
}

function readRule(entry: string): Rule {
  const match = RULE.exec(entry)
  if (match === null) throw new Error(`"${entry}" is not a host, *.domain, host:port or origin`)
  const [, scheme = 'https', star, host = '', port] = match
  if (scheme === 'http' && (star !== undefined || !LOOPBACK.test(host))) {
    throw new Error(
      `"${entry}" is plain http, which is allowed only for loopback, such as http://127.0.0.1:9100`,
    )
  }
  const usual = scheme === 'http' ? '80' : '443'
  return {
    protocol: `${scheme as 'http' | 'https'}:`,
    host,
    anySubdomain: star !== undefined,
    port: port ?? usual,
  }
}

/** An origin and nothing else: what the parser would silently mend is refused, look-alikes with it. */
function readOrigin(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  const written = baseUrl
    .toLowerCase()
    .replace(/\/$/, '')
    .replace(/^(https:\/\/[^/]+):443$|^(http:\/\/[^/]+):80$/, '$1$2')
  if (url === undefined || url.origin !== written || !HOSTNAME.test(url.hostname)) {
    throw new Error(
      'it must be an origin, such as https://live-mt-server.wati.io: no user, no path, no query',
    )
  }
  return url
}

function matches(rule: Rule, url: URL): boolean {
  const port = url.port || (url.protocol === 'http:' ? '80' : '443')
  if (url.protocol !== rule.protocol || port !== rule.port) return false
  return rule.anySubdomain ? url.hostname.endsWith(`.${rule.host}`) : url.hostname === rule.host
}
