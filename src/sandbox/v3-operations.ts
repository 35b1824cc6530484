import { getBroadcast, getBroadcastsOverview, listBroadcastRecipients, listBroadcasts } from './broadcasts.ts'
import { listChatbots } from './chatbots.ts'
import { estimateBroadcastCost, getCredits } from './credits.ts'
import { getMessageFile } from './media.ts'
import { get, getFile, post, put, type Endpoint } from './operation.ts'
import { listChannels } from './phone-numbers.ts'
import { getMessageTemplate, listMessageTemplates } from './templates.ts'
import {
  assignContactTeams,
  countContacts,
  createContact,
  getContact,
  listContacts,
  updateContacts,
} from './v3-contacts.ts'
import {
  assignConversationOperator,
  listConversationMessages,
  sendFile,
  sendFileViaUrl,
  sendInteractive,
  sendText,
  startChatbot,
  updateConversationStatus,
} from './v3-conversations.ts'
import { scheduleMessageTemplates, sendMessageTemplates } from './v3-template-messages.ts'

/** The endpoints of v3. No name is also one of v1, for no rate limit is known here. */
export const V3: readonly Endpoint[] = [
  post('sendText', 'conversations/messages/text', ['json'], sendText),
  post('sendFileViaUrl', 'conversations/messages/fileViaUrl', ['json'], sendFileViaUrl),
  post('sendInteractive', 'conversations/messages/interactive', ['json'], sendInteractive),
  post('sendFile', 'conversations/messages/file', ['multipart'], sendFile),
  get('listConversationMessages', 'conversations/:target/messages', listConversationMessages),
  getFile('getMessageFile', 'conversations/messages/file/:messageId', getMessageFile),
  put('assignConversationOperator', 'conversations/:target/operator', assignConversationOperator),
  put('updateConversationStatus', 'conversations/:target/status', updateConversationStatus),
  post('sendMessageTemplates', 'messageTemplates/send', ['json'], sendMessageTemplates),
  post('scheduleMessageTemplates', 'messageTemplates/schedule', ['json'], scheduleMessageTemplates),
  get('listMessageTemplates', 'messageTemplates', listMessageTemplates),
  get('getMessageTemplate', 'messageTemplates/:templateId', getMessageTemplate),
  get('listBroadcasts', 'broadcasts', listBroadcasts),
  get('getBroadcastsOverview', 'broadcasts/overview', getBroadcastsOverview),
  get('getBroadcast', 'broadcasts/:broadcastId', getBroadcast),
  get('listBroadcastRecipients', 'broadcasts/:broadcastId/recipients', listBroadcastRecipients),
  post('estimateBroadcastCost', 'broadcasts/estimate-cost', ['json'], estimateBroadcastCost),
  post('startChatbot', 'chatbots/start', ['json'], startChatbot),
  get('listChatbots', 'chatbots', listChatbots),
  get('listContacts', 'contacts', listContacts),
  post('createContact', 'contacts', ['json'], createContact),
  put('updateContacts', 'contacts', updateContacts),
  get('countContacts', 'contacts/count', countContacts),
  get('getContact', 'contacts/:target', getContact),
  put('assignContactTeams', 'contacts/teams', assignContactTeams),
  get('listChannels', 'channels', listChannels),
  get('getCredits', 'account/credits', getCredits),
]
