/** How often each part of the overview is loaded anew while it is seen. */
export const REFRESH_MS = 10_000
