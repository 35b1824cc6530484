import type { Outcome } from '../wati/outcome.ts'

/** What the caller of a first try got, so that a second one can get the same, byte for byte. */
export interface KeptOutcome {
  readonly status: number
  /** By lower-case name; those that describe the answer, not those of a connection or a request. */
  readonly headers: Readonly<Record<string, string>>
  readonly outcome: Outcome
  /** `undefined` when it was too large to keep. */
  readonly body: Buffer | undefined
}

export function printOutcome({ body, ...rest }: KeptOutcome): string {
  return JSON.stringify({ ...rest, body: body?.toString('base64') })
}

/** Reads what `printOutcome` wrote; its seal has vouched for it. */
export function readOutcomeText(text: string): KeptOutcome {
  const { body, ...rest } = JSON.parse(text) as Omit<KeptOutcome, 'body'> & { readonly body?: string }
  return { ...rest, body: body === undefined ? undefined : Buffer.from(body, 'base64') }
}
