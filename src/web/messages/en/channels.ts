/** The texts of the view. */
export const channels = {
  title: 'Channels',
  newTitle: 'New channel',
  noneYet: 'There is no channel yet.',
  shown: (count: number) => (count === 1 ? '1 channel on this page' : `${count} channels on this page`),

  alias: 'Alias',
  state: 'State',
  on: 'on',
  off: 'off',
  revision: 'Revision',
  fields: {
    account: 'Account',
    number: 'Number',
    enabled: 'State',
    description: 'Description',
    weight: 'Weight',
    monthlyCalls: 'Calls a month',
    labels: 'Labels',
  },
  hints: {
    alias: 'The name in the URL, for good: lower-case letters, digits and dashes, a letter first.',
    number: 'With the country code. A plus, spaces and dashes are removed.',
    weight: "Its share of the account's rate limits, against the other channels: 1 to 1000. Empty: 1.",
    monthlyCalls: 'The most calls of a month. Empty: as many as the account has.',
    labels: 'One a line: key=value.',
    enabled: 'Switched off, it refuses every call.',
  },
  chooseAccount: 'Choose an account',
  notWhole: 'Write a whole number, or nothing.',
  notALabel: (line: string) => `This line is not key=value: ${line}`,

  search: 'Search',
  searchHint: 'Alias, number or description',
  anyAccount: 'All accounts',
  anyState: 'On and off',
  clearFilters: 'Show all channels',

  enabledLabel: 'Switched on',
  create: 'Create the channel',
  aliasMissing: 'Give the channel an alias.',
  aliasTaken: (alias: string) => `There is a channel ${alias} already. It was not changed.`,
  created: 'The channel was created.',

  facts: 'Where it leads',
  usualWeight: '1 (the usual)',
  noBudget: 'as many as the account has',
  calls: (count: string) => `at most ${count}`,
  tryIt: 'Try it',
  activity: 'Its activity',

  editTitle: (alias: string) => `Edit ${alias}`,
  edited: 'The channel was changed.',

  rePoint: 'Re-point',
  rePointTitle: (alias: string) => `Re-point ${alias}`,
  whatChanges: 'What changes',
  nothingChanges: 'Nothing yet: choose another account or number.',
  leadsThere: 'The alias leads there already: nothing was written.',
  becomes: 'becomes',
  effect: (alias: string, number: string, account: string, before: string) =>
    number === before
      ? `What is sent through ${alias} goes through the account ${account} from then on, from the same number.`
      : `What is sent through ${alias} leaves from ${number} of the account ${account} from then on. Calls under way end from ${before}.`,
  rePointed: (number: string, account: string) =>
    `The alias leads to ${number} of the account ${account} now.`,

  switchOff: 'Switch off',
  switchOn: 'Switch on',
  switchOffTitle: (alias: string) => `Switch ${alias} off?`,
  switchOnTitle: (alias: string) => `Switch ${alias} on?`,
  switchOffEffect:
    'Every call of the alias is refused with 403 channel-disabled until it is switched on again.',
  switchOnEffect: 'Calls of the alias go to Wati again.',
  switchedOff: 'The channel was switched off.',
  switchedOn: 'The channel was switched on.',

  deleteTitle: (alias: string) => `Delete ${alias}?`,
  deleteIt: 'Delete the channel',
  deleteEffect: (number: string) =>
    `Every call of the alias is refused with 404 from then on. Wati keeps the number ${number} and its conversations.`,
  typeAlias: (alias: string) => `Type ${alias} to delete it`,
  typeExactly: (alias: string) => `This is not the alias. Type ${alias}.`,
  deleted: (alias: string, applied: string | undefined) =>
    applied === 'all'
      ? `${alias} is deleted, on all replicas.`
      : `${alias} is deleted; replicas that know of it: ${applied ?? 'unknown'}.`,
  changedMeanwhile: 'Somebody else changed this channel after you opened it.',
  goneMeanwhile: 'Somebody else deleted this channel after you opened it.',
  nothingWritten: 'Nothing of yours was written.',
  somebody: 'somebody',
  sameName: (sub: string) => `${sub} (signed in as you are)`,
  whoChanged: (who: string, fields: string) => `${who} changed: ${fields}`,
  whoDeleted: (who: string) => `${who} deleted it`,
  when: (time: string, age: string) => `at ${time}, ${age}`,
  field: 'Field',
  before: 'You saw',
  theirs: 'Theirs',
  yours: 'Yours',
  untouched: 'not changed',
  besideCaption: 'Their values beside yours',
  takeTheirs: 'Take theirs, drop mine',
  keepMine: 'Go on with mine, on top of theirs',
  toTheList: 'To the channels',

  checkTitle: 'Check with Wati',
  check: 'Check',
  checkHint: 'Asks Wati whether it takes the token and has the number. Nothing is sent to anybody.',
  checkGood: 'All is well: the channel can send.',
  checkBad: 'Something is wrong: the channel cannot send.',
  passed: 'passed',
  failed: 'failed',
  checks: {
    baseUrl: 'Address of Wati:',
    token: 'Token:',
    number: 'Number:',
    enabled: 'State:',
  },

  curlTitle: 'Send with curl',
  copyCurl: 'Copy the curl line',
  curlHint: 'Put a caller’s token into $TOKEN, then write your template and the receiver into the line.',
  address: 'Address of the gateway',
  addressHint: 'Where callers reach it. This page knows only its own address: change it if this is another.',
}
