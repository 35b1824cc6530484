import { runFolder } from '../helpers/run-folder.ts'

// These look at the memory of their own process.
await runFolder('test/faults', {
  part: 3,
  of: 3,
  except: ['callers-slow-readers.test.ts', 'overload.test.ts'],
})
