import '../../styles/activity.css'
import { Link } from 'wouter-preact'
import { useQuery } from '../../hooks/use-address.ts'
import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'
import { AuditPart } from './audit-part.tsx'
import { UsagePart } from './usage-part.tsx'

const { activity: texts } = messages

/** Who changed what, and how many calls there were: two parts, each with filters that stand in the address. */
export function ActivityView() {
  const [query] = useQuery()
  const isUsage = query.get('show') === 'usage'
  return (
    <View title={texts.title}>
      <nav class="tabs" aria-label={texts.parts}>
        <Link href="/activity" aria-current={isUsage ? undefined : 'page'}>
          {texts.audit}
        </Link>
        <Link href="/activity?show=usage" aria-current={isUsage ? 'page' : undefined}>
          {texts.usage}
        </Link>
      </nav>
      {isUsage ? <UsagePart /> : <AuditPart />}
    </View>
  )
}
