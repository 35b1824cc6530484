import { type TSchema, Type } from '@sinclair/typebox'

/**
 * An object whose values are all of one form, under any name. Not `Type.Record`: the pattern it has for names
 * leaves out those with a line break, so that their values would go unchecked.
 */
export function textsByName<T extends string | null>(values: TSchema, options: object = {}) {
  return Type.Unsafe<Record<string, T>>({ type: 'object', additionalProperties: values, ...options })
}
