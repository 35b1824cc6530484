import type { Registry } from 'prom-client'
import type { DirectoryReader } from '../directory/directory.ts'
import { addFigure, addNumber } from './figure.ts'

const STATES = ['not-loaded', 'current', 'blind', 'lost'] as const

/** What the directory is like when somebody looks: nothing is counted in between. */
export function measureDirectory(registry: Registry, directory: DirectoryReader): void {
  const add = (name: string, help: string, value: () => number): void =>
    addNumber(registry, { name, help, type: 'gauge', value })
  add(
    'directory_revision',
    'The revision of the directory that is in force here.',
    () => directory.position?.revision ?? 0,
  )
  add(
    'directory_applied_timestamp_seconds',
    'When the last change of the directory was applied here.',
    () => directory.appliedAt.getTime() / 1_000,
  )
  add('directory_channels', 'How many channels there are.', () => directory.channels.size)
  add(
    'unreadable_records',
    'Records of the store whose seal does not hold: somebody damaged them, or a key is missing.',
    () => directory.unreadable.size,
  )
  addFigure(registry, {
    name: 'directory_state',
    help: '1 for the state the directory is in: blind and lost mean that the store is away or empty.',
    type: 'gauge',
    samples: () => STATES.map((state) => ({ labels: { state }, value: directory.state === state ? 1 : 0 })),
  })
}
