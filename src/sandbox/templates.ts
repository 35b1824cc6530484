import type { Account } from './account.ts'
import { notFound } from './answer.ts'
import { lineOf, lineOfChannel, textOf, type Call } from './call.ts'
import { idOf } from './id.ts'
import { pageOf } from './page.ts'

/** A template that Wati would send; the sandbox also sends templates that are not here. */
interface Template {
  readonly id: string
  readonly name: string
  readonly body: string
}

const CREATED = '2026-01-01T00:00:00.000Z'
const LANGUAGE = { key: 'English', value: 'en', text: 'English (en)' }

/** The one WhatsApp Business Account of all numbers. */
export const WABA_ID = '100000000000001'

/** `GET getMessageTemplates` (v1): the templates of one number. */
export function getMessageTemplates(call: Call): unknown {
  const line = lineOf(call, call.query.get('channelPhoneNumber'))
  return v1Answer(call, templatesOf([line.number]))
}

/** `GET getMessageTemplates` (v2): the templates of all numbers, or of the account that `wabaId` names. */
export function getMessageTemplatesOfAccount(call: Call): unknown {
  const wabaId = textOf(call.query.get('wabaId'))
  return v1Answer(call, wabaId === undefined || wabaId === WABA_ID ? allTemplates(call.account) : [])
}

/** `GET messageTemplates` (v3): the templates of one channel. */
export function listMessageTemplates(call: Call): unknown {
  const line = lineOfChannel(call, call.query.get('channel'))
  const { items, link } = pageOf(call.query, templatesOf([line.number]), 'messageTemplates')
  return {
    templates: items.map(v3Item),
    page_number: link.pageNumber,
    page_size: link.pageSize,
    total: link.total,
  }
}

/** `GET messageTemplates/{template_id}` (v3) */
export function getMessageTemplate(call: Call): unknown {
  const template = allTemplates(call.account).find(({ id }) => id === call.path['templateId'])
  if (template === undefined) throw notFound('No template has this id.')
  return v3Item(template)
}

/** One template that every number has, and one that shows whose list this is. */
function templatesOf(numbers: readonly string[]): Template[] {
  const own = numbers.map((number) => template(`hello_${number}`, `Hello from ${number}, {{name}}.`))
  return [template('order_update', 'Hello {{name}}, your order is on its way.'), ...own]
}

function allTemplates(account: Account): Template[] {
  return templatesOf(account.channels.map(({ number }) => number))
}

function template(name: string, body: string): Template {
  return { id: idOf('template', name), name, body }
}

function v1Answer(call: Call, templates: readonly Template[]): unknown {
  const { items, link } = pageOf(call.query, templates, 'getMessageTemplates')
  return { result: 'success', messageTemplates: items.map(v1Item), link }
}

function v1Item({ id, name, body }: Template): Record<string, unknown> {
  return {
    id,
    elementName: name,
    category: 'UTILITY',
    customParams: [{ paramName: 'name', paramValue: '{{name}}' }],
    status: 'APPROVED',
    language: LANGUAGE,
    lastModified: CREATED,
    type: 'template',
    header: null,
    body,
    bodyOriginal: body,
    footer: null,
    buttons: [],
    buttonsType: 'none',
  }
}

function v3Item({ id, name, body }: Template): Record<string, unknown> {
  return {
    id,
    name,
    category: 'UTILITY',
    custom_params: [{ name: 'name', value: '{{name}}' }],
    status: 'APPROVED',
    language_option: LANGUAGE,
    last_modified: CREATED,
    type: 'template',
    header: null,
    body,
    body_original: body,
    footer: null,
    buttons: [],
    buttons_type: 'none',
  }
}
