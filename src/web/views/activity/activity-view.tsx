import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function ActivityView() {
  return <View title={messages.activity.title}>{null}</View>
}
