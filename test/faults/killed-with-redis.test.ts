import t from 'tap'
import { setUp, startGateway, startSandbox } from '../acceptance/processes.ts'
import { startRedis } from '../helpers/redis-server.ts'
import { Promises, ROUNDS, lookAtAll, writeAndKill } from './acknowledged.ts'
import { keyOf } from './replicas.ts'
import { folderOf } from '../helpers/folder.ts'

t.test(`of ${ROUNDS} gateways that were killed while they wrote to Redis, none lost a change`, async (t) => {
  const wati = await startSandbox(t)
  const redis = await startRedis(t, '--appendonly', 'yes', '--appendfsync', 'always')
  const settings = {
    ...{ REDIS_URL: redis.url, ENCRYPTION_KEYS: keyOf('k1'), WATI_HOSTS: wati },
    DATA_DIR: folderOf(t),
  }
  const promises = new Promises()
  const counts: number[] = []
  let gateway = await startGateway(t, settings)
  await setUp(gateway, wati)
  for (let round = 1; round <= ROUNDS; round++) {
    const killed = gateway
    const withRedis = round % 3 === 0
    const kill = async (): Promise<void> => {
      await Promise.all([killed.stop('SIGKILL'), withRedis && redis.kill()])
    }
    counts.push(await writeAndKill(killed, round, promises, kill))
    if (withRedis) await redis.restart()
    gateway = await startGateway(t, settings)
    await t.test(`round ${round}${withRedis ? ', Redis killed with it' : ''}`, async (t) => {
      await lookAtAll(t, gateway, promises)
    })
  }
  t.comment(`${counts.reduce((sum, count) => sum + count)} changes were acknowledged`)
})
