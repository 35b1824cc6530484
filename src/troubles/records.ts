import type { TroubleParts } from './find-troubles.ts'
import { type Trouble, timeOf } from './trouble.ts'

/** The directory of this replica is not what the store has, or there is none. */
export function directoryNotCurrent({
  directory,
  stateSince,
}: Pick<TroubleParts, 'directory' | 'stateSince'>): Trouble[] {
  const since = stateSince === undefined ? '' : ` since ${timeOf(stateSince)}`
  switch (directory.state) {
    case 'current':
      return []
    case 'blind':
      return error(
        'directory-blind',
        `This replica has been cut off from the store${since}: known channels work as they last were and changes are ` +
          'refused, so see that the store runs and can be reached from here.',
      )
    case 'lost':
      return error(
        'directory-lost',
        `The store has lost the directory${since}: known channels work as they last were and changes are refused, ` +
          'so write it back with POST /v1/directory/reseed, or restore the store.',
      )
    case 'not-loaded':
      return error(
        'directory-not-loaded',
        'The directory of channels is not loaded yet and every call is refused: see that the store runs and can be ' +
          'reached from here.',
      )
  }
}

function error(name: string, text: string): Trouble[] {
  return [{ level: 'error', name, text }]
}

/** Records whose seal does not hold: the alias or account that each of them names cannot be used. */
export function* unreadableRecords({ directory }: Pick<TroubleParts, 'directory'>): Generator<Trouble> {
  for (const target of directory.unreadable.keys()) {
    const [kind = '', ...rest] = target.split(':')
    const id = rest.join(':')
    yield {
      level: 'error',
      name: 'record-unreadable',
      text:
        `The record of the ${kind} ${id} cannot be read and is not used: give back the key in ENCRYPTION_KEYS that ` +
        'sealed it, or write the record anew.',
      target: { kind, id },
    }
  }
}
