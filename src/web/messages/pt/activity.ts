import type { en } from '../en/index.ts'

export const activity: typeof en.activity = {
  title: 'Atividade',
}
