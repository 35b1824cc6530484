import { Type } from '@sinclair/typebox'

export const milliseconds = (preset: number, description: string) =>
  Type.Integer({ default: preset, minimum: 1, maximum: 3_600_000, description })
export const bytes = (preset: number, description: string) =>
  Type.Integer({ default: preset, minimum: 1, maximum: 1_073_741_824, description })
export const port = (preset: number, description: string) =>
  Type.Integer({ default: preset, minimum: 0, maximum: 65_535, description })
export const text = (description: string) => Type.Optional(Type.String({ description }))
