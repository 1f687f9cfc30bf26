import { useSession } from '../session/session.tsx'
import { useTitle } from '../ui/title.ts'
import { Devices } from './devices.tsx'
import { SecondFactor } from './second-factor.tsx'

/** How one signs in, and on which devices. */
export default function AccountScreen() {
  useTitle('Sign-in and devices')
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
