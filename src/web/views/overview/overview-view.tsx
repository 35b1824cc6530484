import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function OverviewView() {
  return <View title={messages.overview.title}>{null}</View>
}
