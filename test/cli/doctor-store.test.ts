import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { generateKey } from '../../src/directory/seal.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { examine, folderOf } from './examine.ts'

t.test('a Redis that evicts, keeps nothing or is away fails, with what to do', async (t) => {
  const env = { ENCRYPTION_KEYS: generateKey('k1'), REDIS_TIMEOUT_MS: '5000' }
  const redis = await startRedis(t, '--maxmemory-policy', 'allkeys-lru')
  const bad = await examine(t, { ...env, REDIS_URL: redis.url }, '--json')
  t.equal(bad.code, 1)
  const { ok, findings } = JSON.parse(bad.stdout) as { ok: boolean; findings: { level: string }[] }
  t.equal(ok, false)
  t.match(
    findings.filter(({ level }) => level === 'fail'),
    [
      { what: 'Redis has the maxmemory-policy allkeys-lru', advice: /noeviction/ },
      { what: /keeps nothing on the disk/, advice: /appendonly/ },
    ],
  )
  await redis.stop()
  const away = await examine(t, { ...env, REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '400' })
  t.equal(away.code, 1)
  t.match(away.stdout, /^fail {2}Redis \(127\.0\.0\.1:[0-9]+\): .* — start it/m)
})

t.test('the folder of the embedded store is looked at: place, mode, key', async (t) => {
  const folder = folderOf(t)
  const missing = await examine(t, { DATA_DIR: join(folder, 'a', 'b') })
  t.equal(missing.code, 0, missing.stdout)
  t.match(missing.stdout, /^ok {4}the folder .* is not there yet and can be made$/m)

  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(data, 0o755)
  writeFileSync(join(data, 'encryption.key'), 'x', { mode: 0o644 })
  const open = await examine(t, { DATA_DIR: data })
  t.equal(open.code, 1)
  t.match(open.stdout, /^warn {2}the folder .* is open to every user of the machine {2}— chmod 700 /m)
  t.match(open.stdout, /^fail {2}the key .* can be read by others than its owner {2}— chmod 600 /m)

  chmodSync(data, 0o700)
  chmodSync(join(data, 'encryption.key'), 0o600)
  const closed = await examine(t, { DATA_DIR: data })
  t.equal(closed.code, 0, closed.stdout)
  t.match(closed.stdout, /has [0-9]+ MiB free$/m)

  const file = await examine(t, { DATA_DIR: join(data, 'encryption.key') })
  t.equal(file.code, 1)
  t.match(file.stdout, /^fail {2}the folder .* is no folder/m)
})
