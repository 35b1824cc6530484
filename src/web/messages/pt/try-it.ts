import type { en } from '../en/index.ts'

export const tryIt: typeof en.tryIt = {
  title: 'Experimentar',
}
