import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/faults', { part: 3, of: 3 })
