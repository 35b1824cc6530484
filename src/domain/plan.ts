/** Wati's plans. A plan decides how many calls an account may make in ten seconds and in a month. */
export const PLANS = ['growth', 'pro', 'business'] as const

export type Plan = (typeof PLANS)[number]
