import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function ChannelView({ alias }: { alias: string }) {
  return <View title={messages.channels.title}>{alias}</View>
}
