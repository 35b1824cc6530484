import type { en } from '../en/index.ts'

export const channels: typeof en.channels = {
  title: 'Canais',
  newTitle: 'Novo canal',
  noneYet: 'Ainda não há canais.',
  shown: (count) => (count === 1 ? '1 canal nesta página' : `${count} canais nesta página`),

  alias: 'Alias',
  state: 'Estado',
  on: 'ligado',
  off: 'desligado',
  revision: 'Revisão',
  fields: {
    account: 'Conta',
    number: 'Número',
    enabled: 'Estado',
    description: 'Descrição',
    weight: 'Peso',
    monthlyCalls: 'Chamadas por mês',
    labels: 'Etiquetas',
  },
  hints: {
    alias: 'O nome na URL, definitivo: letras minúsculas, dígitos e hifens, começando com uma letra.',
    number: 'Com o código do país. O sinal de mais, espaços e hifens são removidos.',
    weight: 'A parte dele nos limites da conta, em relação aos outros canais: de 1 a 1000. Vazio: 1.',
    monthlyCalls: 'O máximo de chamadas em um mês. Vazio: tantas quantas a conta tiver.',
    labels: 'Uma por linha: chave=valor.',
    enabled: 'Desligado, ele recusa todas as chamadas.',
  },
  chooseAccount: 'Escolha uma conta',
  notWhole: 'Escreva um número inteiro, ou nada.',
  notALabel: (line) => `Esta linha não é chave=valor: ${line}`,

  search: 'Buscar',
  searchHint: 'Alias, número ou descrição',
  anyAccount: 'Todas as contas',
  anyState: 'Ligados e desligados',
  clearFilters: 'Mostrar todos os canais',

  enabledLabel: 'Ligado',
  create: 'Criar o canal',
  aliasMissing: 'Dê um alias ao canal.',
  aliasTaken: (alias) => `Já existe um canal ${alias}. Ele não foi alterado.`,
  created: 'O canal foi criado.',

  facts: 'Para onde leva',
  usualWeight: '1 (o normal)',
  noBudget: 'tantas quantas a conta tiver',
  calls: (count) => `no máximo ${count}`,
  tryIt: 'Experimentar',
  activity: 'A atividade dele',

  editTitle: (alias) => `Editar ${alias}`,
  edited: 'O canal foi alterado.',

  rePoint: 'Redirecionar',
  rePointTitle: (alias) => `Redirecionar ${alias}`,
  whatChanges: 'O que muda',
  nothingChanges: 'Nada ainda: escolha outra conta ou outro número.',
  leadsThere: 'O alias já leva para lá: nada foi gravado.',
  becomes: 'passa a ser',
  effect: (alias, number, account, before) =>
    number === before
      ? `O que for enviado por ${alias} passa a ir pela conta ${account}, do mesmo número.`
      : `O que for enviado por ${alias} passa a sair de ${number}, da conta ${account}. Chamadas em andamento terminam com ${before}.`,
  rePointed: (number, account) => `O alias agora leva para ${number}, da conta ${account}.`,

  switchOff: 'Desligar',
  switchOn: 'Ligar',
  switchOffTitle: (alias) => `Desligar ${alias}?`,
  switchOnTitle: (alias) => `Ligar ${alias}?`,
  switchOffEffect:
    'Toda chamada do alias é recusada com 403 channel-disabled até que ele seja ligado de novo.',
  switchOnEffect: 'As chamadas do alias voltam a ir para a Wati.',
  switchedOff: 'O canal foi desligado.',
  switchedOn: 'O canal foi ligado.',

  deleteTitle: (alias) => `Excluir ${alias}?`,
  deleteIt: 'Excluir o canal',
  deleteEffect: (number) =>
    `A partir daí toda chamada do alias é recusada com 404. A Wati mantém o número ${number} e as conversas dele.`,
  typeAlias: (alias) => `Digite ${alias} para excluir`,
  typeExactly: (alias) => `Este não é o alias. Digite ${alias}.`,
  deleted: (alias, applied) =>
    applied === 'all'
      ? `${alias} foi excluído, em todas as réplicas.`
      : `${alias} foi excluído; réplicas que já sabem disso: ${applied?.replace(' of ', ' de ') ?? 'não se sabe'}.`,
  changedMeanwhile: 'Outra pessoa alterou este canal depois que você o abriu.',
  goneMeanwhile: 'Outra pessoa excluiu este canal depois que você o abriu.',
  nothingWritten: 'Nada do que é seu foi gravado.',
  somebody: 'alguém',
  sameName: (sub) => `${sub} (com a mesma identificação que você)`,
  whoChanged: (who, fields) => `${who} alterou: ${fields}`,
  whoDeleted: (who) => `${who} o excluiu`,
  when: (time, age) => `às ${time}, ${age}`,
  field: 'Campo',
  before: 'Você viu',
  theirs: 'Deles',
  yours: 'Seu',
  untouched: 'sem alteração',
  besideCaption: 'Os valores deles ao lado dos seus',
  takeTheirs: 'Ficar com o deles, descartar o meu',
  keepMine: 'Continuar com o meu, sobre o deles',
  toTheList: 'Para os canais',

  checkTitle: 'Verificar com a Wati',
  check: 'Verificar',
  checkHint: 'Pergunta à Wati se ela aceita o token e tem o número. Nada é enviado a ninguém.',
  checkGood: 'Está tudo certo: o canal pode enviar.',
  checkBad: 'Algo está errado: o canal não pode enviar.',
  passed: 'passou',
  failed: 'falhou',
  checks: {
    baseUrl: 'Endereço da Wati:',
    token: 'Token:',
    number: 'Número:',
    enabled: 'Estado:',
  },

  curlTitle: 'Enviar com curl',
  copyCurl: 'Copiar a linha do curl',
  curlHint: 'Coloque o token de um chamador em $TOKEN e escreva na linha o seu modelo e o destinatário.',
  address: 'Endereço do gateway',
  addressHint:
    'Onde os chamadores o alcançam. Esta página só conhece o próprio endereço: troque-o se for outro.',
}
