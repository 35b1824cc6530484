import { messages } from '../../messages/messages.ts'
import { Badge } from '../../parts/badge.tsx'

/** Whether a channel takes calls. */
export function StateBadge({ enabled }: { enabled: boolean }) {
  const { on, off } = messages.channels
  return <Badge tone={enabled ? 'good' : 'quiet'}>{enabled ? on : off}</Badge>
}
