/** One business line: an alias bound to an account and one of its WhatsApp numbers. */
export interface Channel {
  readonly alias: string
  /** The id of the account. */
  readonly account: string
  /** Digits with the country code. */
  readonly number: string
  readonly enabled: boolean
  readonly description?: string
  /** Its share of the account's limits, against the weights of the other channels; 1 when missing. */
  readonly weight?: number
  /** The most calls of a month; `null` or missing: as many as the account has. */
  readonly monthlyCalls?: number | null
  readonly labels?: Readonly<Record<string, string>>
  /** The revision of the directory at which this channel last changed. */
  readonly revision: number
}
