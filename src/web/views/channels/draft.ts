import { wrongField } from '../../api/wrong-field.ts'
import { messages } from '../../messages/messages.ts'
import type { Channel, ChannelPatch, NewChannel } from './channel.ts'
import { printLabels, readLabels } from './labels.ts'

/** A channel as it stands in a form. */
export interface Draft {
  readonly account: string
  readonly number: string
  readonly description: string
  readonly weight: string
  readonly monthlyCalls: string
  /** Lines of `key=value`. */
  readonly labels: string
  readonly enabled: boolean
}

export type DraftField = keyof Draft

export const FIELDS: readonly DraftField[] = [
  ...(['account', 'number', 'enabled', 'description', 'weight', 'monthlyCalls', 'labels'] as const),
]

export const EMPTY_DRAFT: Draft = {
  ...{ account: '', number: '', description: '', weight: '', monthlyCalls: '', labels: '' },
  enabled: true,
}

export function draftOf(channel: Channel): Draft {
  const { account, number, enabled, description = '', weight, monthlyCalls, labels } = channel
  const texts = { weight: String(weight ?? ''), monthlyCalls: String(monthlyCalls ?? '') }
  return { account, number, enabled, description, ...texts, labels: printLabels(labels) }
}

/** The fields in which one differs from the other. */
export function changedFields(draft: Draft, before: Draft): readonly DraftField[] {
  return FIELDS.filter((name) => draft[name] !== before[name])
}

/** What changed in a draft since `before`, put on top of `theirs`. */
export function rebased(draft: Draft, before: Draft, theirs: Draft): Draft {
  return { ...theirs, ...Object.fromEntries(changedFields(draft, before).map((name) => [name, draft[name]])) }
}

/** Throws a `Problem` about a field that cannot be read. */
export function newChannelOf(draft: Draft): NewChannel {
  const { account, number, enabled, description } = draft
  const weight = wholeNumber('weight', draft.weight)
  const monthlyCalls = wholeNumber('monthlyCalls', draft.monthlyCalls)
  const labels = labelsOf(draft.labels)
  return {
    ...{ account, number, enabled },
    ...(description !== '' && { description }),
    ...(weight !== null && { weight }),
    ...(monthlyCalls !== null && { monthlyCalls }),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
}

/** What of the channel is to change; empty when nothing is. Throws a `Problem` about a field that cannot be read. */
export function patchOf(draft: Draft, channel: Channel): ChannelPatch {
  const names = changedFields(draft, draftOf(channel))
  return Object.fromEntries(names.map((name) => [name, patchedField(name, draft, channel)]))
}

function patchedField(name: DraftField, draft: Draft, { labels = {} }: Channel): ChannelPatch[DraftField] {
  switch (name) {
    case 'account':
    case 'number':
    case 'enabled':
      return draft[name]
    case 'description':
      return draft.description === '' ? null : draft.description
    case 'weight':
    case 'monthlyCalls':
      return wholeNumber(name, draft[name])
    case 'labels':
      // A label that is no longer there is taken away.
      return {
        ...Object.fromEntries(Object.keys(labels).map((key) => [key, null])),
        ...labelsOf(draft.labels),
      }
  }
}

function wholeNumber(field: DraftField, text: string): number | null {
  if (text.trim() === '') return null
  if (!/^-?\d{1,15}$/.test(text.trim())) throw wrongField(field, messages.channels.notWhole)
  return Number(text)
}

function labelsOf(text: string): Record<string, string> {
  const labels = readLabels(text)
  if (typeof labels === 'string') throw wrongField('labels', messages.channels.notALabel(labels))
  return labels
}

/** As the gateway reads it: a leading plus, spaces and dashes are nothing. */
export function digitsOf(number: string): string {
  return number.replace(/^\s*\+/, '').replace(/[\s-]/g, '')
}

/** A field in words. */
export function printField(name: DraftField, draft: Draft): string {
  const { on, off } = messages.channels
  if (name === 'enabled') return draft.enabled ? on : off
  return draft[name] === '' ? messages.shell.none : draft[name]
}
