import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'

export function AccountView({ id }: { id: string }) {
  return <View title={messages.accounts.title}>{id}</View>
}
