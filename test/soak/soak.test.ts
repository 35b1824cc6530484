import { existsSync } from 'node:fs'
import t from 'tap'
import { startProgram } from '../acceptance/processes.ts'

const SKIP = existsSync('/proc/self/status') ? false : 'the memory of another process is read from /proc'

t.test('a short soak goes well, and says what it saw', { skip: SKIP }, async (t) => {
  const args = ['--import=tsx', 'test/soak/soak.ts', '--seconds', '5', '--rate', '30', '--seed', '47']
  const soak = startProgram(t, args)
  t.equal(await soak.ended(), 0)
  const text = soak.lines.join('\n')
  for (const line of [
    /^soak for 5 s with 30 requests a second, SOAK_SEED=47$/m,
    /^requests {3}[1-9][0-9]+$/m,
    /^ {2}send +[0-9]+ × 200 accepted/m,
    /^faults {5}\d$/m,
    /^ {4}1 {2}Wati answers 500 and 503$/m,
    /^gateway a \(one process for the whole run\), watched for [0-9]+ s, [0-9]+ samples$/m,
    /^ {2}memory {6}first [0-9.]+, last [0-9.]+, highest [0-9.]+ MiB, slope [+-][0-9.]+ MiB an hour$/m,
    /^ {2}descriptors first [0-9]+, last [0-9]+, highest [0-9]+; in quiet before the load [0-9]+, after it [0-9]+$/m,
    /^machine {4}too busy for [0-9]+ s, felt for [0-9]+ s; [0-9]+ failures then are not counted$/m,
    /^failures {3}0$/m,
    /^doubles {4}0$/m,
    /^untrue {5}0$/m,
    /^(all is well|nothing that counts; [0-9]+ failures were left out, see machine)$/m,
  ])
    t.match(text, line)
})
