import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function ChannelsView() {
  return <View title={messages.channels.title}>{null}</View>
}
