import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function NewAccountView() {
  return <View title={messages.accounts.title}>{null}</View>
}
