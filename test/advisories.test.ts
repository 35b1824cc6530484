import { readFileSync } from 'node:fs'
import semver from 'semver'
import t from 'tap'

/*
 * The dependencies that are locked, held against the public advisories known for the parts of this gateway.
 * An advisory is added here when it becomes known; npm's audit asks a server, and says another thing each day.
 */

interface Advisory {
  readonly part: string
  /** The versions it concerns, in npm's notation. */
  readonly range: string
  /** CVE and GHSA ids, with spaces between. */
  readonly ids: string
  /** There is no version without it: why it cannot reach us. Away with it as soon as there is one. */
  readonly accepted?: string
}

const CONSTANT_URL =
  "The proxy is given the constant URL / and an upstream that does not exist; the caller's URL never gets to it."
const NO_WEBSOCKET = 'The proxy is mounted with websocket: false, so it never sees an upgrade.'
const OWN_CLIENT =
  'Its client is never used: our handler sends by its own undici Agent, which verifies TLS (egress.test.ts).'

const UNDICI_7_24 = '<6.24.0 || >=7.0.0 <7.24.0'
const UNDICI_7_28 = '<6.26.0 || >=7.0.0 <7.28.0 || >=8.0.0 <8.5.0'
const UNDICI_7_29 = '<6.28.0 || >=7.0.0 <7.29.0 || >=8.0.0 <8.9.0'

const ADVISORIES: readonly Advisory[] = [
  ...rows('@fastify/http-proxy', [
    ['<4.3.1', 'CVE-2021-21322 GHSA-c4qr-gmr9-v23w'],
    ['<11.4.4', 'CVE-2026-33805'],
    ['<11.6.0', 'CVE-2026-16117'],
    ['>=9.4.0 <11.6.0', 'CVE-2026-15631'],
    ['<11.6.2', 'CVE-2026-85124'],
  ]),
  accepted('@fastify/http-proxy', CONSTANT_URL, '>=9.0.0 <11.6.6', 'CVE-2026-120213'),
  accepted('@fastify/http-proxy', CONSTANT_URL, '<11.6.10', 'CVE-2026-127060 GHSA-7mjf-mp6r-87p8'),
  accepted(
    '@fastify/http-proxy',
    NO_WEBSOCKET,
    '>=9.0.0 <11.6.10',
    'CVE-2026-130647 CVE-2026-129500 CVE-2026-129502',
  ),
  accepted('@fastify/http-proxy', NO_WEBSOCKET, '>=7.1.0 <11.6.10', 'CVE-2026-133111'),
  ...rows('@fastify/reply-from', [
    ['<4.0.2', 'CVE-2021-21321 GHSA-qmw8-3v4g-gwj4'],
    ['<9.6.0', 'CVE-2023-51701 GHSA-v2v2-hph8-q5xp'],
    ['<12.5.0', 'GHSA-2q7r-29rg-6m5h'],
    ['<12.6.2', 'CVE-2026-33805'],
    ['>=8.3.1 <12.6.4', 'CVE-2026-16158 GHSA-v574-6498-x57v'],
  ]),
  accepted('@fastify/reply-from', OWN_CLIENT, '<12.7.0', 'CVE-2026-107318'),
  ...rows('fastify', [
    ['<0.38.0', 'GHSA-mq6c-fh97-4gwv'],
    ['>=2.0.0 <2.15.1', 'CVE-2020-8192'],
    ['>=4.0.0 <4.8.1', 'CVE-2022-39288 GHSA-455w-c45v-86rg'],
    ['>=3.0.0 <3.29.4 || >=4.0.0 <4.10.2', 'CVE-2022-41919'],
    ['4.29.0 || >=5.0.0 <5.3.2', 'CVE-2025-32442 GHSA-mg2h-6x62-wpwc'],
    ['<5.7.2', 'CVE-2026-25223 GHSA-jx2c-rxcm-jvmq'],
    ['<5.7.3', 'CVE-2026-25224 GHSA-mrq3-vjjr-p77c'],
    ['<5.8.1', 'CVE-2026-3419 GHSA-573f-x89g-hqp9'],
    ['<5.8.3', 'CVE-2026-3635 GHSA-444r-cwp2-x5xf'],
    ['>=5.3.2 <5.8.5', 'CVE-2026-33806 GHSA-247c-9743-5963'],
    ['<5.12.2', 'GHSA-9q9j-q6p8-xq58 GHSA-hwr6-493r-vm6h GHSA-p68q-wchp-6fh7 GHSA-667r-xxjv-c9mm'],
    ['>=5.12.2 <5.12.6', 'CVE-2026-107832 GHSA-389g-gv7q-r4x8'],
  ]),
  ...rows('@fastify/proxy-addr', [['>=3.0.0 <5.1.1', 'CVE-2026-92395']]),
  ...rows('fast-uri', [
    ['<=3.1.0', 'CVE-2026-6321'],
    ['<=3.1.1', 'CVE-2026-6322'],
  ]),
  ...rows('find-my-way', [
    ['<2.2.5 || >=3.0.0 <3.0.5', 'CVE-2020-7764'],
    ['>=5.5.0 <8.2.2 || 9.0.0', 'CVE-2024-45813'],
  ]),
  ...rows('@fastify/static', [
    ['<9.1.1', 'CVE-2026-6414'],
    ['<10.1.1', 'CVE-2026-15074'],
    ['<10.1.4', 'CVE-2026-90982'],
  ]),
  // Which versions is not known here: look it up before one of them becomes a part.
  ...rows('@fastify/express', [['*', 'CVE-2026-6556 CVE-2026-112362']]),
  ...rows('@fastify/middie', [['*', 'CVE-2026-6556 CVE-2026-112362']]),
  ...rows('@fastify/jwt', [
    ['<10.2.3', 'CVE-2026-107275'],
    ['<10.2.5', 'CVE-2026-110024 GHSA-f5gh-84pj-v2pg'],
  ]),
  ...rows('fast-jwt', [
    ['<3.3.2', 'CVE-2023-48223'],
    ['<5.0.6', 'CVE-2025-30144'],
    ['<=6.1.0', 'CVE-2026-34950'],
    ['<6.2.0', 'CVE-2026-35039'],
    ['<6.2.1', 'CVE-2026-35040'],
    ['>=5.0.0 <=6.2.0', 'CVE-2026-35041'],
    // The advisory's own bound was not found: 6.2.1 mended its family.
    ['<6.2.1', 'CVE-2026-35042 GHSA-hm7r-c7qw-ghp6'],
    ['<6.2.4', 'CVE-2026-44351'],
    ['<6.3.0', 'CVE-2026-107721 CVE-2026-107722 CVE-2026-107723'],
    ['>=6.2.4 <6.3.0', 'CVE-2026-107724'],
    ['<6.3.1', 'CVE-2026-107720'],
    ['<6.3.4', 'CVE-2026-107719'],
  ]),
  ...rows('undici', [
    // Those of 2022 to 2025 have bounds of their own, all of them lower.
    [UNDICI_7_24, 'CVE-2022-31150 CVE-2022-31151 CVE-2022-32210 CVE-2022-35948 CVE-2022-35949'],
    [UNDICI_7_24, 'CVE-2023-23936 CVE-2023-24807 CVE-2023-45143'],
    [UNDICI_7_24, 'CVE-2024-24750 CVE-2024-24758 CVE-2024-30260 CVE-2024-30261 CVE-2024-38372'],
    [UNDICI_7_24, 'CVE-2025-22150 CVE-2025-47279 CVE-2026-22036'],
    [UNDICI_7_24, 'CVE-2026-1525 CVE-2026-1526 CVE-2026-1527 CVE-2026-1528 CVE-2026-2229 CVE-2026-2581'],
    [UNDICI_7_28, 'CVE-2026-12151 CVE-2026-9697 CVE-2026-6734 CVE-2026-9678 CVE-2026-9679'],
    [UNDICI_7_28, 'CVE-2026-11525 CVE-2026-6733 CVE-2026-9675'],
    [UNDICI_7_29, 'GHSA-4cwx-7wf7-3272 GHSA-jr45-8vmc-qm54 GHSA-m8rv-5g2x-5cg5'],
    [UNDICI_7_29, 'GHSA-8xcm-r25x-g524 GHSA-v3r7-h72x-cjcm'],
  ]),
  ...rows('@fastify/multipart', [
    ['<6.0.1 || >=7.0.0 <7.4.1', 'CVE-2020-8136 CVE-2021-23597 CVE-2023-25576'],
    ['<8.3.1 || >=9.0.0 <9.0.3', 'CVE-2025-24033'],
    ['>=5.3.0 <10.1.1', 'CVE-2026-18549'],
  ]),
  ...rows('@fastify/busboy', [
    ['>=1.0.0 <=3.2.0', 'CVE-2026-19481'],
    ['>=3.1.0 <=3.2.0', 'CVE-2026-19484'],
    ['>=1.0.0 <3.2.6', 'CVE-2026-128842 GHSA-x578-65c5-rvww'],
  ]),
  ...rows('ioredis', [['<4.27.8', 'a note of Snyk on prototype pollution']]),
  ...rows('fastify-csrf', [
    ['<3.0.0', 'GHSA-49wp-qq6x-g2rf'],
    ['<3.1.0', 'CVE-2021-29624'],
  ]),
]

function rows(part: string, known: readonly (readonly [range: string, ids: string])[]): Advisory[] {
  return known.map(([range, ids]) => ({ part, range, ids }))
}

function accepted(part: string, reason: string, range: string, ids: string): Advisory {
  return { part, range, ids, accepted: reason }
}

interface Manifest {
  readonly allowScripts?: Readonly<Record<string, boolean>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
interface Locked {
  readonly version: string
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
const manifest = read('package.json') as Manifest
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> }
// The entry without a path is this project.
const locked = Object.fromEntries(Object.entries(packages).filter(([path]) => path !== ''))

/** Where a part is locked to a version in the range; one part may be locked several times. */
function hits({ part, range }: Advisory): string[] {
  return Object.entries(locked)
    .filter(
      ([path, { version }]) => path.endsWith(`node_modules/${part}`) && semver.satisfies(version, range),
    )
    .map(([path, { version }]) => `${path} ${version}`)
}

t.test('the ranges of the table are well-formed', async (t) => {
  for (const { part, range } of ADVISORIES) {
    t.ok(semver.validRange(range) !== null, `${part} ${range}`)
  }
})

t.test('no locked version has a known advisory that was not looked into', async (t) => {
  for (const advisory of ADVISORIES.filter((one) => one.accepted === undefined)) {
    t.same(hits(advisory), [], `${advisory.part} ${advisory.range}: ${advisory.ids}`)
  }
})

t.test(
  'an accepted advisory still concerns a locked version; else its row is to be made a plain one',
  async (t) => {
    for (const advisory of ADVISORIES.filter((one) => one.accepted !== undefined)) {
      t.not(hits(advisory).length, 0, `${advisory.part}: ${advisory.ids}`)
    }
  },
)

t.test('what an accepted advisory is accepted for stands in the code', async (t) => {
  const code = readFileSync(new URL('../src/gateway/gateway.ts', import.meta.url), 'utf8')
  t.match(code, "preRewrite: () => '/'")
  t.match(code, "upstream: 'http://wati.invalid'")
  t.match(code, 'websocket: false')
  t.match(code, 'handler: neverReached')
})

t.test('every dependency is pinned to one version, and that one is locked', async (t) => {
  const pinned = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [name, version] of Object.entries(pinned)) {
    t.equal(semver.valid(version), version, name)
    t.equal(locked[`node_modules/${name}`]?.version, version, `${name} is locked`)
  }
})

t.test('every locked package is known by its hash', async (t) => {
  t.same(
    without(({ integrity }) => integrity?.startsWith('sha512-') === true),
    [],
  )
})

t.test('no locked package names the address of a registry', async (t) => {
  t.same(
    without(({ resolved }) => resolved === undefined),
    [],
  )
})

t.test(
  'no locked package has a script that runs when it is installed, or it is denied by name',
  async (t) => {
    const { allowScripts = {} } = manifest
    const denied = Object.keys(allowScripts).map((name) => `node_modules/${name}`)
    t.notOk(Object.values(allowScripts).includes(true), 'none is allowed')
    t.same(
      without(({ hasInstallScript }) => hasInstallScript !== true).filter((path) => !denied.includes(path)),
      [],
      'the image is built without them',
    )
  },
)

/** The places of the locked packages of which this is not so. */
function without(holds: (one: Locked) => boolean): string[] {
  return Object.entries(locked)
    .filter(([, one]) => !holds(one))
    .map(([path]) => path)
}
