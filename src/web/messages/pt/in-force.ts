import type { en } from '../en/index.ts'

export const inForce: typeof en.inForce = {
  title: 'Onde está em vigor',
  replica: 'Réplica',
  inForce: 'em vigor',
  waiting: 'aguardando',
  missing: 'ausente',
  lastSeen: (age) => `vista pela última vez ${age}`,
  lookAgain: 'Verificar de novo',
  asking: 'Perguntando às réplicas…',
  whereUnknown: 'Está gravado, mas não se sabe onde está em vigor.',
  everywhere: (count) =>
    count === 1 ? 'Em vigor na única réplica que existe.' : `Em vigor em todas as ${count} réplicas.`,
  notYet: (count, of) => `Em vigor em ${count} de ${of} réplicas…`,
  notThere: (names, count, of, seconds) =>
    `Depois de ${seconds} segundos, não está em vigor em ${count} de ${of} réplicas: ${names}. Uma réplica que ainda estiver em execução continua com o que sabia.`,
  revision: 'Revisão',
  state: 'Estado',
}
