import { createSigner } from 'fast-jwt'
import { JWT_SECRET, token } from '../acceptance/processes.ts'
import type { Sent } from '../helpers/http-client.ts'
import { FORM_TYPE, LAST_LINE, field, partHead } from '../helpers/uploading.ts'
import type { Sort } from './judge.ts'

/** The requests whose answer is heard and judged at once. */
export interface Kind {
  readonly sort: Sort
  /** How many of a thousand requests. */
  readonly share: number
  make(random: () => number): Sent
}

type Fields = Readonly<Record<string, string>>

const CONTACT = '5521988887777'
const JSON_TYPE = { 'content-type': 'application/json' }
const LARGEST_UPLOAD_BYTES = 256 * 1024
const SCOPES = 'messages:send messages:read chats:write templates:read'

/** What a caller carries, who may do all that is done here. */
export const bearer = (claims: Record<string, unknown> = {}): { authorization: string } => ({
  authorization: `Bearer ${token({ sub: 'shop', channels: ['*'], scope: SCOPES, ...claims })}`,
})

export function uploadOf(bytes: number): string {
  return `${field('caption', 'soaked')}${partHead('file', 'a.bin')}${'x'.repeat(bytes)}\r\n${LAST_LINE}`
}

export const UPLOAD_PATH = `/channels/sales/api/v1/sendSessionFile/${CONTACT}`
const TEMPLATES = '/api/v1/getMessageTemplates'

const post = (path: string, body: object): Sent => ({
  ...{ method: 'POST', path, body: JSON.stringify(body) },
  headers: { ...bearer(), ...JSON_TYPE },
})
const get = (path: string, headers: Fields = bearer()): Sent => ({
  ...{ method: 'GET', path },
  headers,
})

const expired = createSigner({ key: JWT_SECRET, algorithm: 'HS256' })

/** Tokens that do not hold, or not for this. */
const REFUSED: readonly (() => Fields)[] = [
  () => ({}),
  () => ({ authorization: 'Bearer not.a.token' }),
  () => ({ authorization: `${bearer().authorization.slice(0, -4)}AAAA` }),
  () => ({
    authorization: `Bearer ${expired({ sub: 'shop', channels: ['*'], scope: SCOPES, exp: 1_000_000_000 })}`,
  }),
  () => bearer({ channels: ['support'] }),
  () => bearer({ scope: 'messages:send' }),
]

export const KINDS: Readonly<Record<string, Kind>> = {
  send: {
    sort: 'write',
    share: 280,
    make: (random) => post('/channels/sales/api/v1/updateChatStatus', { ticket: random() }),
  },
  template: {
    sort: 'write',
    share: 170,
    make: (random) =>
      post(`/channels/support/api/v1/sendTemplateMessage?whatsappNumber=${CONTACT}`, {
        parameters: [random()],
      }),
  },
  form: {
    sort: 'write',
    share: 80,
    make: () => ({
      ...{ method: 'POST', path: `/channels/sales/api/v1/sendSessionMessage/${CONTACT}` },
      headers: { ...bearer(), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'messageText=good+morning',
    }),
  },
  upload: {
    sort: 'write',
    share: 60,
    make: (random) => ({
      ...{ method: 'POST', path: UPLOAD_PATH, chunked: random() < 0.5 },
      headers: { ...bearer(), 'content-type': FORM_TYPE },
      body: uploadOf(Math.floor(random() * LARGEST_UPLOAD_BYTES)),
    }),
  },
  read: { sort: 'read', share: 160, make: () => get(`/channels/support${TEMPLATES}`) },
  file: { sort: 'read', share: 40, make: () => get('/channels/sales/api/v1/getMedia?fileName=a.png') },
  'unknown alias': {
    sort: 'unknown-alias',
    share: 35,
    make: (random) => get(`/channels/nobody-${Math.floor(random() * 1e6)}${TEMPLATES}`),
  },
  'refused token': {
    sort: 'refused-token',
    share: 35,
    make: (random) =>
      get(`/channels/sales${TEMPLATES}`, REFUSED[Math.floor(random() * REFUSED.length)]?.() ?? {}),
  },
}
