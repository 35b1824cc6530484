import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function NewChannelView() {
  return <View title={messages.channels.title}>{null}</View>
}
