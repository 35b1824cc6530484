/** One business line: an alias bound to an account and one of its WhatsApp numbers. */
export interface Channel {
  readonly alias: string
  /** The id of the account. */
  readonly account: string
  /** Digits with the country code. */
  readonly number: string
  readonly enabled: boolean
  readonly description?: string
  readonly labels?: Readonly<Record<string, string>>
  /** The revision of the directory at which this channel last changed. */
  readonly revision: number
}
