import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function AccountsView() {
  return <View title={messages.accounts.title}>{null}</View>
}
