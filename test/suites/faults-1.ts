import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/faults', { part: 1, of: 3 })
