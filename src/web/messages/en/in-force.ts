/** Where a change is in force, replica by replica. */
export const inForce = {
  title: 'Where it is in force',
  replica: 'Replica',
  inForce: 'in force',
  waiting: 'waiting',
  missing: 'missing',
  lastSeen: (age: string) => `last seen ${age}`,
  lookAgain: 'Look again',
  asking: 'Asking the replicas…',
  whereUnknown: 'It is written, but where it is in force is not known.',
  everywhere: (count: number) =>
    count === 1 ? 'In force on the one replica there is.' : `In force on all ${count} replicas.`,
  notYet: (count: number, of: number) => `In force on ${count} of ${of} replicas…`,
  notThere: (names: string, count: number, of: number, seconds: number) =>
    `After ${seconds} seconds it is not in force on ${count} of ${of} replicas: ${names}. A replica that still runs goes on by what it knew.`,
  revision: 'Revision',
  state: 'State',
}
