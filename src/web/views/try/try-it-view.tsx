import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function TryItView() {
  return <View title={messages.tryIt.title}>{null}</View>
}
