import { lazy } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { useSession } from './session/session.tsx'
import { SignIn } from './session/sign-in.tsx'
import { Welcome } from './session/welcome.tsx'
import { Shell } from './shell/shell.tsx'
import { ShowsScreen } from './shows/shows-screen.tsx'
import { DeadEnd } from './ui/dead-end.tsx'
import { LateScreen } from './ui/late-screen.tsx'

const ShowScreen = lazy(() => import('./show/show-screen.tsx'))
const PeopleScreen = lazy(() => import('./people/people-screen.tsx'))
const WebhooksScreen = lazy(() => import('./webhooks/webhooks-screen.tsx'))
const KeysScreen = lazy(() => import('./keys/keys-screen.tsx'))
const AccountScreen = lazy(() => import('./account/account-screen.tsx'))

/** Maps addresses to screens. All but the list of shows are loaded when opened. */
export function App() {
  const { person } = useSession()
  const [at] = useLocation()
  return (
    <Switch>
      <Route path="/welcome">
        <Welcome />
      </Route>
      {person === undefined ? (
        <Route>
          <SignIn />
        </Route>
      ) : (
        <Route>
          <Shell person={person}>
            <LateScreen at={at}>
              <Switch>
                <Route path="/">
                  <ShowsScreen />
                </Route>
                <Route path="/account">
                  <AccountScreen />
                </Route>
                <Route path="/people">
                  <PeopleScreen />
                </Route>
                <Route path="/webhooks">
                  <WebhooksScreen />
                </Route>
                <Route path="/api-keys">
                  <KeysScreen />
                </Route>
                <Route path="/shows/:show/:screen?">
                  {({ show, screen }) => <ShowScreen key={show} show={show} screen={screen ?? ''} />}
                </Route>
                <Route>
                  <DeadEnd>
                    <p>There is nothing at this address.</p>
                  </DeadEnd>
                </Route>
              </Switch>
            </LateScreen>
          </Shell>
        </Route>
      )}
    </Switch>
  )
}
