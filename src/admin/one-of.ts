import { Type } from '@sinclair/typebox'

/** One of these texts. Not `Type.Union`, which says the same in a line for each. */
export function oneOf<const T extends string>(texts: readonly T[], options: object = {}) {
  return Type.Unsafe<T>({ enum: texts, ...options })
}
