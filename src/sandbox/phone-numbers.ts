import type { Call } from './call.ts'
import { pageOf } from './page.ts'
import { WABA_ID } from './templates.ts'

/** `GET channels` (v3). Wati leaves out the default one. */
export function listChannels(call: Call): unknown {
  const { items } = pageOf(call.query, call.account.channels.slice(1), 'channels')
  return { channels: items.map(({ id, name }) => ({ id, name, channel: 'Whatsapp' })) }
}

/** `GET whatsApp/phoneNumbers` (v1) */
export function getPhoneNumbers(call: Call): unknown {
  return call.account.channels.map(({ id, name, number }) => ({
    phoneId: id,
    displayPhoneNumber: number,
    verifiedName: name,
    status: 'CONNECTED',
    qualityRating: 'GREEN',
    wabaId: WABA_ID,
  }))
}

/** `GET whatsapp/phoneNumbers` (v2) */
export function getPhoneNumbersOfChannels(call: Call): unknown {
  return call.account.channels.map(({ id, name, number }) => ({
    phoneNumber: number,
    phoneNumberId: id,
    wabaId: WABA_ID,
    channelId: id,
    channelName: name,
    channelType: 0,
  }))
}
