import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/faults', { part: 2, of: 3 })
