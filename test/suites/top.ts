import { runFolder } from '../helpers/run-folder.ts'

// Those that lie beside the folders.
await runFolder('test')
