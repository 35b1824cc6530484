/** As the gateway reads the `channels` of a token: an alias, or the beginning of aliases with a star. */
const GRANT = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$|^[a-z][a-z0-9-]{0,62}\*$/

/** All channels, also those to come. */
export const ALL = '*'

/** What was typed or pasted: grants with commas, semicolons or spaces between them. */
export function splitGrants(text: string): string[] {
  return text.split(/[\s,;]+/).filter((one) => one !== '')
}

/** The first that is neither alias nor prefix. */
export function wrongGrant(grants: readonly string[]): string | undefined {
  return grants.find((one) => !GRANT.test(one))
}
