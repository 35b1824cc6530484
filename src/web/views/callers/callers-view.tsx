import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function CallersView() {
  return <View title={messages.callers.title}>{null}</View>
}
