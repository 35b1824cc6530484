import t from 'tap'
import { setUp, startGateway, startSandbox } from '../acceptance/processes.ts'
import { Promises, ROUNDS, lookAtAll, writeAndKill } from './acknowledged.ts'
import { folderOf } from '../helpers/folder.ts'

t.test(
  `of ${ROUNDS} gateways that were killed while they wrote to their folder, none lost a change`,
  async (t) => {
    const wati = await startSandbox(t)
    const settings = { WATI_HOSTS: wati, DATA_DIR: folderOf(t) }
    const promises = new Promises()
    const counts: number[] = []
    let gateway = await startGateway(t, settings)
    await setUp(gateway, wati)
    for (let round = 1; round <= ROUNDS; round++) {
      const killed = gateway
      counts.push(await writeAndKill(killed, round, promises, () => killed.stop('SIGKILL')))
      gateway = await startGateway(t, settings)
      await t.test(`round ${round}`, async (t) => lookAtAll(t, gateway, promises))
    }
    t.comment(`${counts.reduce((sum, count) => sum + count)} changes were acknowledged`)
  },
)
