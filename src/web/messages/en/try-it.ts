/** The texts of the view. */
export const tryIt = {
  title: 'Try it',
  intro:
    'Write a request as a service would send it to a channel, and see the exact request that the gateway would send to Wati for it.',
  nothingSent: 'Nothing is ever sent to Wati from here, and nothing is counted.',
  request: 'The request of a caller',
  channel: 'Channel',
  channelHint: 'Its alias, such as sales.',
  channelMissing: 'Type the alias of a channel.',
  operation: 'Operation',
  group: (version: string) => `Wati API ${version}`,
  scope: (scope: string) => `Needs the scope ${scope}.`,
  travels: (places: string) => `The channel's number travels ${places}.`,
  nowhere: "The channel's number is not sent: the answer is that of the whole account.",
  and: ' and ',
  places: {
    query: (names: string) => `in the query as ${names}`,
    body: (names: string) => `in the body as ${names}`,
    bodyIfAny: (names: string) => `in the body, if there is one, as ${names}`,
    set: {
      path: 'in front of the target in the path',
      body: 'in front of the target in the body',
      contacts: 'in front of the targets of the contacts',
      recipients: 'in front of the targets of the recipients',
    },
    replace: {
      path: 'in front of the target in the path, where the caller wrote another there',
      body: 'in front of the target in the body, where the caller wrote another there',
      contacts: 'in front of the targets of the contacts, where the caller wrote another there',
      recipients: 'in front of the targets of the recipients, where the caller wrote another there',
    },
  },
  isDownload: 'Wati answers with a file.',
  parameters: {
    whatsappNumber: "The contact's number: digits with the country code.",
    target: 'A phone number, or the id of a contact or conversation.',
    other: 'Stands in the path.',
  },
  parameterMissing: 'Fill this in: it stands in the path.',
  query: 'Query',
  queryHint: 'As it stands in the address, without the question mark: name=value&name=value.',
  bodyType: 'Kind of body',
  bodyTypes: { none: 'None', json: 'JSON', form: 'Form', multipart: 'Form with a file (multipart)' },
  body: 'Body',
  bodyHints: {
    json: 'JSON. It goes out byte for byte, but for what the gateway writes into it.',
    form: 'A field a line: name=value.',
    multipart:
      'A field a line: name=value. Files cannot be typed here, so a short text stands in for the field file; real ones pass unchanged.',
  },
  format: 'Format the JSON',
  formatted: 'The JSON is formatted.',
  notJson: 'This is not JSON. Explain it all the same to see what a caller would be told.',
  notJsonAt: (line: number, column: number) =>
    `This is not JSON: see line ${line}, column ${column}. Explain it all the same to see what a caller would be told.`,
  fieldWrong: (line: number) => `Line ${line} is not a field: write name=value.`,
  headers: 'Headers',
  headersHint: 'Optional. One a line, such as accept-language: pt-BR. No token is needed.',
  headerWrong: (line: number) => `Line ${line} is not a header: write name: value.`,
  explain: 'Explain',
  stale: 'The request above has changed since: press Explain again.',
  sent: 'What Wati would get',
  assumed: (channel: string) =>
    `This is what happens for a caller whose token allows the channel ${channel} and all scopes of callers. It does not say whether a certain caller may, nor whether a limit or quota is used up, nor what Wati would answer.`,
  changes: 'What the gateway changes',
  noChanges: 'Nothing.',
  marked: 'All that is new is marked below.',
  address: 'Method and address',
  sentHeaders: 'Headers that leave',
  sentBody: 'Body that leaves',
  noBody: 'There is no body.',
  base64: 'The body holds bytes that are no text, so it is shown in base64.',
  change: {
    path: {
      set: (_name: string, value: string) =>
        `The tenant ${value} of the account stands in front of the path.`,
      removed: (_name: string, value: string) =>
        `The tenant ${value} of the caller is taken out of the path.`,
      dropped: (name: string) => `${name} is left out of the path.`,
    },
    query: {
      set: (name: string, value: string) => `${name} is written into the query: ${value}.`,
      removed: (name: string, value: string) =>
        `${name} is taken out of the query; the caller had written ${value}.`,
      dropped: (name: string) => `${name} is left out of the query.`,
    },
    body: {
      set: (name: string, value: string) => `${name} is written into the body: ${value}.`,
      removed: (name: string, value: string) =>
        `${name} is taken out of the body; the caller had written ${value}.`,
      dropped: (name: string) => `${name} is left out of the body.`,
    },
    target: {
      set: (name: string, value: string) => `${name} becomes ${value}, with the channel's number in front.`,
      removed: (name: string, value: string) =>
        `In front of ${name} the caller had written ${value}: that is taken away.`,
      dropped: (name: string) => `${name} is left out.`,
    },
    header: {
      set: (name: string, value: string) => `The header ${name} becomes ${value}.`,
      removed: (name: string) => `The header ${name} is taken out.`,
      dropped: (name: string) => `The header ${name} does not go to Wati.`,
    },
  },
  authorization: "The header authorization carries the account's token, which is never shown.",
  refused: 'What a caller would be told',
  refusedHint: 'The gateway refuses this request, and nothing reaches Wati.',
  status: (status: number, title: string) => `${status}: ${title}`,
  problem: 'Name of the problem',
}
