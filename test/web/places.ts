/** Every view of the page, by the address behind its `#`. */
export const PLACES = [
  ['overview', '/'],
  ['channels', '/channels'],
  ['new-channel', '/channels/-/new'],
  ['channel', '/channels/sales'],
  ['accounts', '/accounts'],
  ['new-account', '/accounts/-/new'],
  ['account', '/accounts/acme'],
  ['callers', '/callers'],
  ['try-it', '/try?channel=sales'],
  ['activity', '/activity'],
  ['usage', '/activity?show=usage'],
] as const

export const DESK = { width: 1280, height: 900 }
export const PHONE = { width: 390, height: 844 }
