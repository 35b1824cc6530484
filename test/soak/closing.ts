import { type Arrival, isRefused } from '../faults/counting-wati.ts'
import { ask } from '../faults/replicas.ts'
import { arrivalsOf } from './keyed.ts'
import type { Load } from './load.ts'
import type { Scene } from './scene.ts'

/** What can only be said when all is over. */

/** A try that reached Wati more than once, or several tries with one key; but for those that Wati surely refused. */
export function countDoubles(scene: Scene, { keys }: Pick<Load, 'keys'>): void {
  const count = (arrivals: readonly Arrival[]): number =>
    arrivals.filter((arrival) => !isRefused(arrival)).length
  for (const [tryId, visits] of scene.wati.visits)
    if (count(visits) > 1)
      scene.ledger.accuse('double', `the try ${tryId} reached Wati ${count(visits)} times`)
  for (const [key, heard] of keys) {
    const times = count(arrivalsOf(scene, heard))
    if (times > 1) scene.ledger.accuse('double', `${key} reached Wati ${times} times`)
  }
}

/** A form whose caller left before its end may not come whole to Wati, which would carry it out. */
export function findLeftUploads({ wati, leftUploads, ledger }: Scene): void {
  for (const tryId of leftUploads)
    if (wati.visitsOf(tryId).some(({ whole }) => whole))
      ledger.accuse('untrue', `the upload ${tryId}, whose caller had left, came whole to Wati`)
}

/** At the end both know the same, as long as they have had time to hear of it. */
export async function compareReplicas({ a, b, ledger }: Scene): Promise<void> {
  const [one, other] = await Promise.all(
    [a, b].map(async ({ life }) => JSON.stringify((await ask(life.gateway, 'GET', '/v1/channels')).body)),
  )
  if (one !== other) ledger.accuse('failure', `the replicas differ: ${one} and ${other}`)
}
