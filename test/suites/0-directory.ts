import { runFolder } from '../helpers/run-folder.ts'

await runFolder('test/directory')
