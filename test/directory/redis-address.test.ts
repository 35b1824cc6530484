import { inspect } from 'node:util'
import t from 'tap'
import { describeAddress, readRedisAddress } from '../../src/directory/redis-address.ts'

type RedisSettings = Partial<Parameters<typeof readRedisAddress>[0]>

const read = (settings: RedisSettings) => readRedisAddress({ REDIS_SENTINEL_NAME: 'mymaster', ...settings })

const READ: readonly (readonly [settings: RedisSettings, address: unknown])[] = [
  [{}, undefined],
  [{ REDIS_URL: 'redis://h' }, { kind: 'server', endpoints: [{ host: 'h', port: 6379 }], db: 0, tls: false }],
  [
    { REDIS_URL: 'rediss://u:p%40%2F%3A%E8%AA%9E@redis.example:6380/12' },
    {
      ...{ kind: 'server', endpoints: [{ host: 'redis.example', port: 6380 }], db: 12, tls: true },
      ...{ username: 'u', password: 'p@/:語' },
    },
  ],
  [
    { REDIS_URL: 'redis://:p@[::1]:1/' },
    { kind: 'server', endpoints: [{ host: '::1', port: 1 }], db: 0, tls: false, password: 'p' },
  ],
  [
    { REDIS_CLUSTER: 'a:1, [2001:db8::1]:2,10.0.0.3:6379' },
    {
      kind: 'cluster',
      endpoints: [
        { host: 'a', port: 1 },
        { host: '2001:db8::1', port: 2 },
        { host: '10.0.0.3', port: 6379 },
      ],
      db: 0,
      tls: false,
    },
  ],
  [
    { REDIS_CLUSTER: 'rediss://u:a%2Cb@a:1,rediss://u:a%2Cb@b:2' },
    {
      kind: 'cluster',
      endpoints: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      ...{ db: 0, tls: true, username: 'u', password: 'a,b' },
    },
  ],
  [
    { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_NAME: 'main' },
    { kind: 'sentinels', name: 'main', endpoints: [{ host: 'a', port: 26379 }], db: 0, tls: false },
  ],
  [
    { REDIS_SENTINELS: 'redis://u:p@a:1/3?sentinelUsername=s%20u&sentinelPassword=s+%26p' },
    {
      ...{ kind: 'sentinels', name: 'mymaster', endpoints: [{ host: 'a', port: 1 }], db: 3, tls: false },
      ...{ username: 'u', password: 'p', sentinelUsername: 's u', sentinelPassword: 's+&p' },
    },
  ],
]

for (const [settings, address] of READ) {
  t.test(`${JSON.stringify(settings)} is read`, async (t) => {
    t.same(read(settings), address)
  })
}

const WRONG: readonly (readonly [settings: RedisSettings, sentence: RegExp])[] = [
  [{ REDIS_URL: '' }, /^the address of Redis must look like/],
  [{ REDIS_URL: 's3cret' }, /^the address of Redis must look like/],
  [{ REDIS_URL: 'http://:s3cret@h' }, /^the address of Redis must look like/],
  [{ REDIS_URL: 'redis://:s3cret@' }, /^the address of Redis must look like/],
  [{ REDIS_URL: 'redis://:s3cret@h:0' }, /^the address of Redis must look like/],
  [{ REDIS_URL: 'redis://:s3cret@a,b' }, /^the address of Redis must look like/],
  [
    { REDIS_URL: 'redis://:s3cret%E0%A4@h' },
    /^user and password in the address of Redis must be percent-encoded/,
  ],
  [{ REDIS_URL: 'redis://:s3cret@h/zero' }, /may only have a database number/],
  [{ REDIS_URL: 'redis://:s3cret@h/0?commandTimeout=0' }, /may only have a database number/],
  [{ REDIS_URL: 'redis://h?sentinelPassword=s3cret' }, /^the address of Redis may have no query/],
  [{ REDIS_CLUSTER: 'a:1,redis://:s3cret@b' }, /^entry 2 must have a port/],
  [{ REDIS_CLUSTER: 'a:1,:s3cret@b:2' }, /^entry 2 must look like/],
  [{ REDIS_CLUSTER: 'redis://:p@a:1,redis://:s3cret@b:2' }, /^entry 2 differs from entry 1/],
  [{ REDIS_CLUSTER: 'redis://a:1,rediss://b:2' }, /^entry 2 differs from entry 1/],
  [{ REDIS_CLUSTER: 'redis://a:1?sentinelPassword=s3cret' }, /^a Redis Cluster has no Sentinels/],
  [{ REDIS_SENTINELS: 'redis://a:1?sentinelUsername=s3cret' }, /may only have a database number/],
  [{ REDIS_SENTINELS: 'redis://a:1?sentinelPassword=s3cret%E0' }, /must be percent-encoded/],
]

for (const [settings, sentence] of WRONG) {
  t.test(`${JSON.stringify(settings)} is refused with a sentence that does not repeat it`, async (t) => {
    let shown = ''
    try {
      read(settings)
    } catch (error) {
      t.match(error, { message: sentence })
      shown = inspect(error, { depth: 9, showHidden: true })
    }
    t.match(shown, /^Error: /)
    t.notMatch(shown.split('\n    at ')[0], 's3cret')
  })
}

t.test('an address is described by its hosts alone', async (t) => {
  const described = (settings: RedisSettings) => describeAddress(read(settings)!)
  t.equal(described({ REDIS_URL: 'redis://u:p@[::1]/2' }), 'Redis ([::1]:6379)')
  t.equal(described({ REDIS_CLUSTER: 'redis://:p@a:1,redis://:p@b:2' }), 'Redis Cluster (a:1, b:2)')
  t.equal(described({ REDIS_SENTINELS: 'redis://:p@a:1?sentinelPassword=q' }), 'Redis (Sentinels a:1)')
})
