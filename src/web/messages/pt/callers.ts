import type { en } from '../en/index.ts'

export const callers: typeof en.callers = {
  title: 'Chamadores',
}
