import { accounts } from './accounts.ts'
import { activity } from './activity.ts'
import { callers } from './callers.ts'
import { channels } from './channels.ts'
import { inForce } from './in-force.ts'
import { overview } from './overview.ts'
import { shell } from './shell.ts'
import { tryIt } from './try-it.ts'

/** English: the catalogue that the others translate. */
export const en = { shell, inForce, overview, channels, accounts, callers, tryIt, activity }
