import { useSession } from '../session/session.tsx'
import { Devices } from './devices.tsx'
import { SecondFactor } from './second-factor.tsx'

/** How one signs in, and where one has. */
export default function AccountScreen() {
  const { person: me } = useSession()
  if (me?.person === undefined) return <p className="empty">You work with a token: it has no account.</p>
  return (
    <div className="page account stack">
      <h1>Sign-in and devices</h1>
      <SecondFactor person={me.person} />
      <Devices own={me.session} />
    </div>
  )
}
