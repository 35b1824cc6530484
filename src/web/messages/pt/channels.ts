import type { en } from '../en/index.ts'

export const channels: typeof en.channels = {
  title: 'Canais',
}
