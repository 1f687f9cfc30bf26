import { type ReactNode, useEffect, useState } from 'react'
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { Link, useLocation, useRoute } from 'wouter'
import { mayCall } from '../../../engine/people/roles.ts'
import { type Me, useSession } from '../session/session.tsx'
import { SignInAgain } from '../session/sign-in-again.tsx'
import { Connection } from './connection.tsx'
import { useKeptFocus } from './kept-focus.ts'

/** The header of every screen: where one is, whether the server answers, who is signed in. */
export function Shell({ person, children }: { person: Me; children: ReactNode }) {
  const [inShow] = useRoute('/shows/:show/:screen?')
  useKeptFocus()
  return (
    <div className="shell">
      <a className="skip" href="#screen">
        Skip to the screen
      </a>
      <header className="top">
        <Link href="/" className="brand">
          roar studio
        </Link>
        <nav aria-label="Studio" className="top-nav">
          <Link href="/" className={(active) => (active || inShow ? 'active' : '')}>
            Shows
          </Link>
          {person.roles.some(({ show }) => mayCall(person.roles, 'producer', show)) && (
            <NavLink href="/webhooks">Webhooks</NavLink>
          )}
          {mayCall(person.roles, 'owner', undefined) && (
            <>
              <NavLink href="/people">People</NavLink>
              <NavLink href="/api-keys">API keys</NavLink>
            </>
          )}
        </nav>
        <span className="gap" />
        <Connection />
        <PersonMenu person={person} />
      </header>
      <ScreenTop />
      {person.email !== undefined && <SignInAgain email={person.email} />}
      <main id="screen" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

const NavLink = ({ href, children }: { href: string; children: string }) => (
  <Link href={href} className={(active) => (active ? 'active' : '')}>
    {children}
  </Link>
)

/** A new screen starts scrolled to the top, as a page would. */
function ScreenTop() {
  const [path] = useLocation()
  const [first] = useState(path)
  useEffect(() => {
    if (path !== first) scrollTo(0, 0)
  }, [path, first])
  return null
}

function PersonMenu({ person }: { person: Me }) {
  const { signOut } = useSession()
  const [, go] = useLocation()
  const roles = [...new Set(person.roles.map(({ role }) => role))].join(', ')
  return (
    <MenuTrigger>
      <Button className="button person" data-look="bare">
        <bdi>{person.name}</bdi> <span className="muted">{roles}</span> <span aria-hidden="true">▾</span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" onAction={(id) => (id === 'out' ? signOut() : go('/account'))}>
          {person.person !== undefined && (
            <MenuItem id="account" className="menu-item">
              Sign-in and devices
            </MenuItem>
          )}
          <MenuItem id="out" className="menu-item">
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
