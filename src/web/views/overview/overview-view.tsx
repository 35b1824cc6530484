import '../../styles/overview.css'
import { messages } from '../../messages/messages.ts'
import { View } from '../../parts/view.tsx'
import { AccountsCard } from './accounts-card.tsx'
import { ChannelsCard } from './channels-card.tsx'
import { ReplicasCard } from './replicas-card.tsx'
import { TrafficCard } from './traffic-card.tsx'
import { TroublesSection } from './troubles-section.tsx'

const { overview: texts } = messages

/** The whole at a glance. Each part loads by itself, so that none takes the others down. */
export function OverviewView() {
  return (
    <View title={texts.title} actions={<p class="hint">{texts.refreshed}</p>}>
      <TroublesSection />
      <div class="traffic">
        <div class="cards">
          <TrafficCard span="hour" />
          <TrafficCard span="day" />
        </div>
        <p class="hint">{texts.trafficHint}</p>
      </div>
      <ChannelsCard />
      <div class="cards">
        <AccountsCard />
        <ReplicasCard />
      </div>
    </View>
  )
}
