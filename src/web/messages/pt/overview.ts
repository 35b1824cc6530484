import type { en } from '../en/index.ts'

export const overview: typeof en.overview = {
  title: 'Visão geral',
}
