import { runFolder } from '../helpers/run-folder.ts'

// The overload test fills the heap of its own process.
await runFolder('test/faults', { part: 3, of: 3, except: ['overload.test.ts'] })
