import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/web', { part: 2, of: 2 })
