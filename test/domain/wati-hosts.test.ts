import t from 'tap'
import { readWatiHosts } from '../../src/domain/wati-hosts.ts'

const ALLOWED: readonly (readonly [list: string, baseUrl: string, origin: string])[] = [
  ['*.wati.io', 'https://live-mt-server.wati.io', 'https://live-mt-server.wati.io'],
  ['*.wati.io', 'https://live-mt-server.wati.io/', 'https://live-mt-server.wati.io'],
  ['*.wati.io', 'https://live-mt-server.wati.io:443', 'https://live-mt-server.wati.io'],
  ['*.wati.io', 'HTTPS://Live-MT-Server.WATI.io', 'https://live-mt-server.wati.io'],
  ['*.wati.io', 'https://a.b.wati.io', 'https://a.b.wati.io'],
  ['*.WATI.io', 'https://eu-api.wati.io', 'https://eu-api.wati.io'],
  ['eu-api.wati.io', 'https://eu-api.wati.io', 'https://eu-api.wati.io'],
  [' a.example , *.wati.io ', 'https://eu-api.wati.io', 'https://eu-api.wati.io'],
  ['wati.example:8443', 'https://wati.example:8443', 'https://wati.example:8443'],
  ['https://wati.example:8443', 'https://wati.example:8443/', 'https://wati.example:8443'],
  ['*.wati.example:8443', 'https://a.wati.example:8443', 'https://a.wati.example:8443'],
  ['http://127.0.0.1:9100', 'http://127.0.0.1:9100', 'http://127.0.0.1:9100'],
  ['http://127.0.0.1:9100/', 'http://127.0.0.1:9100/', 'http://127.0.0.1:9100'],
  ['http://localhost:9100', 'http://localhost:9100', 'http://localhost:9100'],
  ['http://[::1]:9100', 'http://[::1]:9100', 'http://[::1]:9100'],
  ['https://[::1]:9100', 'https://[::1]:9100', 'https://[::1]:9100'],
  ['http://127.0.0.1', 'http://127.0.0.1', 'http://127.0.0.1'],
  ['http://127.0.0.1:80', 'http://127.0.0.1:80', 'http://127.0.0.1'],
]

for (const [list, baseUrl, origin] of ALLOWED) {
  t.test(`WATI_HOSTS ${list} lets ${baseUrl} through`, async (t) => {
    t.equal(readWatiHosts(list).check(baseUrl), origin)
  })
}

const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  'it is another host': [
    'https://example.com',
    'https://wati.io',
    'https://127.0.0.1',
    'https://[::1]',
    'https://io',
  ],
  'it only looks like an allowed host': [
    ...[
      'https://wati.io.evil.com',
      'https://evilwati.io',
      'https://a.evilwati.io',
      'https://a.wati.io.evil.com',
    ],
    ...['https://a.wati.io.', 'https://a.wati.iox', 'https://a-wati.io', 'https://a.wati.io-evil.com'],
    ...['https://a.wati.co', 'https://a.wаti.io', 'https://xn--wti-5cd.io', 'https://a.wati。io.evil.com'],
  ],
  'it has another port': [
    'https://a.wati.io:8443',
    'https://a.wati.io:80',
    'https://a.wati.io:444',
    'https://a.wati.io:1',
  ],
  'it is not https': [
    'http://a.wati.io',
    'http://a.wati.io:443',
    'ws://a.wati.io',
    'ftp://a.wati.io',
    'wss://a.wati.io',
  ],
}

for (const [why, baseUrls] of Object.entries(FOREIGN)) {
  for (const baseUrl of baseUrls) {
    t.test(`*.wati.io refuses ${baseUrl}: ${why}`, async (t) => {
      t.throws(() => readWatiHosts('*.wati.io').check(baseUrl), /WATI_HOSTS: \*\.wati\.io|must be an origin/)
    })
  }
}

const NO_ORIGIN: Readonly<Record<string, readonly string[]>> = {
  'it names a user': [
    ...['https://user@a.wati.io', 'https://user:pass@a.wati.io', 'https://@a.wati.io', 'https://:@a.wati.io'],
    ...['https://a.wati.io@evil.com', 'https://a.wati.io:443@evil.com', 'https://evil.com%40a.wati.io'],
  ],
  'it has more than an origin': [
    ...['https://a.wati.io/388428', 'https://a.wati.io/?x', 'https://a.wati.io?', 'https://a.wati.io#'],
    ...['https://a.wati.io//', 'https://a.wati.io/.', 'https://a.wati.io/..', 'https://a.wati.io/#a'],
  ],
  'it hides its host': [
    ...[
      'https://evil.com\\.wati.io',
      'https://evil.com\\@a.wati.io',
      'https:\\\\a.wati.io',
      'https://evil.com#.wati.io',
    ],
    ...[
      'https://evil.com?.wati.io',
      'https://evil.com/.wati.io',
      'https://a%2ewati.io',
      'https://a.wati%2eio',
    ],
    ...[
      'https://a\t.wati.io',
      'https://a.wati.io\n',
      ' https://a.wati.io',
      'https://a.wati.io ',
      'https://a .wati.io',
    ],
    ...['https://a.wati.io\0', 'https://a。wati.io', 'https://ａ.wati.io', 'https://a\u00ad.wati.io'],
  ],
  'it is no URL, or an odd one': [
    ...[
      '',
      'a.wati.io',
      '//a.wati.io',
      'https:a.wati.io',
      'https:/a.wati.io',
      'https:///a.wati.io',
      'https://',
    ],
    ...[
      'null',
      'data:,x',
      'javascript:1',
      'blob:https://a.wati.io/x',
      'file:///a.wati.io',
      'https://a.wati.io:',
    ],
    ...['https://a.wati.io:0443', 'https://a.wati.io:99999', 'https://a.wati.io:x', 'https://[a.wati.io]'],
  ],
}

for (const [why, baseUrls] of Object.entries(NO_ORIGIN)) {
  for (const baseUrl of baseUrls) {
    t.test(`${JSON.stringify(baseUrl)} is refused: ${why}`, async (t) => {
      t.throws(() => readWatiHosts('*.wati.io').check(baseUrl), /must be an origin/)
    })
  }
}

t.test('plain http to the loopback passes only where the list names exactly that origin', async (t) => {
  const hosts = readWatiHosts('*.wati.io,http://127.0.0.1:9100')
  for (const baseUrl of [
    ...['http://127.0.0.1', 'http://127.0.0.1:9101', 'https://127.0.0.1:9100', 'http://localhost:9100'],
    ...['http://127.0.0.2:9100', 'http://127.1:9100', 'http://2130706433:9100', 'http://0x7f.0.0.1:9100'],
    ...['http://[::1]:9100', 'http://[::ffff:127.0.0.1]:9100', 'http://127.0.0.1.evil.com:9100'],
    ...['http://user@127.0.0.1:9100', 'http://127.0.0.1:9100@evil.com', 'http://127.0.0.1.:9100'],
  ]) {
    t.throws(() => hosts.check(baseUrl), baseUrl)
  }
})

t.test('a host without a star stands for itself alone', async (t) => {
  const hosts = readWatiHosts('wati.example')
  for (const baseUrl of ['https://a.wati.example', 'https://wati.example.', 'https://xwati.example']) {
    t.throws(() => hosts.check(baseUrl), baseUrl)
  }
})

for (const list of [
  ...[
    '',
    ' ',
    ',',
    'a.example,',
    ',a.example',
    '*',
    '*.',
    '**.wati.io',
    'a.*.io',
    '*wati.io',
    'wati.*',
    'a b',
  ],
  ...[
    'https://',
    'https://user@a.example',
    'https://a.example/path',
    'a.example/path',
    'ftp://a.example',
    'a.example?x',
  ],
  ...[
    'a.example:',
    'a.example:x',
    'a.example:123456',
    'a_b.example',
    'äöü.example',
    'https:a.example',
    '//a.example',
  ],
]) {
  t.test(`the entry of WATI_HOSTS ${JSON.stringify(list)} is no host`, async (t) => {
    t.throws(() => readWatiHosts(list), /is not a host, \*\.domain, host:port or origin/)
  })
}

for (const list of [
  ...[
    'http://a.wati.io',
    'http://*.wati.io',
    'http://10.0.0.1:9100',
    'http://0.0.0.0:9100',
    'http://127.evil.com',
  ],
  ...[
    'http://localhost.evil.com',
    'http://[::2]:9100',
    'http://*.localhost',
    'http://127.0.0.1.evil.com',
    'http://128.0.0.1',
  ],
]) {
  t.test(`the entry of WATI_HOSTS ${list} is plain http to more than the loopback`, async (t) => {
    t.throws(() => readWatiHosts(list), /plain http, which is allowed only for loopback/)
  })
}

t.test('one wrong entry among good ones is named', async (t) => {
  t.throws(() => readWatiHosts('*.wati.io, a/b ,c.example'), /^Error: "a\/b"|"a\/b" is not a host/)
})
