import { messages } from '../../messages/messages.ts'
import type { Change } from './audit.ts'
import { type FieldRow, fieldRows } from './field-rows.ts'
import { clipValue } from './print-value.ts'

const { activity: texts } = messages

/** What happened, in one sentence. */
export function sentenceOf(change: Change): string {
  const { action, actor, target } = change
  const { kind } = target
  const [who, id] = [actor.sub === null ? texts.somebody : clipValue(actor.sub), clipValue(target.id)]
  const to = (field: string): unknown => change.changes.find((one) => one.field === field)?.to
  switch (action as keyof typeof texts.actions) {
    case 'account.create':
      return texts.created(who, kind, id)
    case 'channel.create':
      return texts.createdChannel(who, id, clipValue(to('number')), clipValue(to('account')))
    case 'account.update':
    case 'channel.update':
      return updateSentence(who, id, change)
    case 'account.token':
      return texts.newToken(who, id)
    case 'account.delete':
    case 'channel.delete':
      return texts.deleted(who, kind, id)
    case 'token.issue':
      return typeof to('sub') === 'string' ? texts.issuedTo(who, clipValue(to('sub'))) : texts.issued(who, id)
    case 'token.revoke':
      return texts.revoked(who, id)
    case 'token.forget':
      return texts.forgot(who, id)
    case 'session.end':
      return texts.signedOut(who)
    case 'keys.rotate':
      return texts.rotated(who, clipValue(to('sealedWith')))
    case 'directory.reseed':
      return texts.reseeded(who, clipValue(to('records')))
    case 'unreadable':
      return texts.unreadable(kind, id)
    default:
      // A newer gateway may know more.
      return texts.other(who, action, kind, id)
  }
}

/** One field with its values; of several only their names. */
function updateSentence(who: string, id: string, { changes, target: { kind } }: Change): string {
  const rows = fieldRows(changes)
  const [row] = rows
  if (row === undefined) return texts.changedNothing(who, kind, id)
  if (rows.length > 1) {
    const fields = [...new Set(changes.map(({ field }) => field))].map(fieldName)
    return texts.changedSome(who, fields.join(', ').replace(/, ([^,]*)$/, `${texts.and}$1`), kind, id)
  }
  return ofChannel(who, kind, id, row) ?? fieldSentence(who, kind, id, row)
}

/** What a channel's admins would call it. */
function ofChannel(who: string, kind: string, id: string, { path, from, to }: FieldRow): string | undefined {
  if (kind !== 'channel') return undefined
  if (path === 'enabled') return to === true ? texts.switchedOn(who, id) : texts.switchedOff(who, id)
  if (path === 'account') return texts.moved(who, id, clipValue(from), clipValue(to))
  return undefined
}

function fieldSentence(who: string, kind: string, id: string, { path, ...row }: FieldRow): string {
  const field = fieldName(path)
  if (!('from' in row)) return texts.set(who, field, kind, id, clipValue(row.to))
  if (!('to' in row)) return texts.tookAway(who, field, kind, id, clipValue(row.from))
  return texts.changed(who, field, kind, id, clipValue(row.from), clipValue(row.to))
}

function fieldName(path: string): string {
  return texts.fields[path] ?? texts.fieldNamed(path)
}
