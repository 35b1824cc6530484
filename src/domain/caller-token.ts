/**
 * What is known of a caller's token (a JWT), by its `jti`: one that the control plane issued, or one from
 * elsewhere that it was told to refuse; of that nothing is known but the `jti`. The token itself is not kept.
 */
export interface CallerToken {
  readonly jti: string
  readonly sub?: string
  readonly channels?: readonly string[]
  /** Scopes separated by spaces, as in the claim. */
  readonly scope?: string
  readonly channel?: string
  /** RFC 3339, as are the next two. */
  readonly issuedAt?: string
  readonly expiresAt?: string
  /** From then on it is refused. */
  readonly revokedAt?: string
  /** The revision of the directory at which this record last changed. */
  readonly revision: number
}
