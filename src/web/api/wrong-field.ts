import { Problem } from './problem.ts'

/** What the page itself finds wrong in a field, shown beside it like a refusal of the gateway. */
export function wrongField(name: string, sentence: string): Problem {
  return Object.assign(new Problem('', 400, sentence), { field: name })
}
