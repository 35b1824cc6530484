import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/web', { part: 1, of: 2 })
