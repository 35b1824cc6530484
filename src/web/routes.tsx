import { Route, Switch } from 'wouter-preact'
import { messages } from './messages/messages.ts'
import { View } from './parts/view.tsx'
import { AccountView } from './views/accounts/account-view.tsx'
import { AccountsView } from './views/accounts/accounts-view.tsx'
import { NewAccountView } from './views/accounts/new-account-view.tsx'
import { ActivityView } from './views/activity/activity-view.tsx'
import { CallersView } from './views/callers/callers-view.tsx'
import { ChannelView } from './views/channels/channel-view.tsx'
import { ChannelsView } from './views/channels/channels-view.tsx'
import { NewChannelView } from './views/channels/new-channel-view.tsx'
import { OverviewView } from './views/overview/overview-view.tsx'
import { TryItView } from './views/try/try-it-view.tsx'

/** What stands at which address of the page (behind its `#`). */
export function Routes() {
  return (
    <Switch>
      <Route path="/" component={OverviewView} />
      <Route path="/channels" component={ChannelsView} />
      {/* No alias and no id is a dash, and one may be `new`. */}
      <Route path="/channels/-/new" component={NewChannelView} />
      <Route path="/channels/:alias">{({ alias }) => <ChannelView key={alias} alias={alias} />}</Route>
      <Route path="/accounts" component={AccountsView} />
      <Route path="/accounts/-/new" component={NewAccountView} />
      <Route path="/accounts/:account">{({ account }) => <AccountView key={account} id={account} />}</Route>
      <Route path="/callers" component={CallersView} />
      <Route path="/try" component={TryItView} />
      <Route path="/activity" component={ActivityView} />
      <Route>
        <View title={messages.shell.notFound}>{null}</View>
      </Route>
    </Switch>
  )
}
