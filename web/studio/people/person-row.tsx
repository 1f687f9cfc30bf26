import { useState } from 'react'
import type { Person } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { useSession } from '../session/session.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Window } from '../ui/dialog.tsx'
import { Outcome } from '../ui/outcome.tsx'
import { ChangePerson } from './change-person.tsx'
import { type Link, OneTimeLink } from './one-time-link.tsx'
import { grantWords } from './roles.ts'

/** A person, their roles, and buttons to send a new link or lock them out. */
export function PersonRow({ person }: { person: Person }) {
  const { person: me } = useSession()
  const path = `v1/studio/people/${person.person}`
  const [changing, setChanging] = useState(false)
  const link = useChange(() => call<Link>(`${path}/link`, { method: 'POST' }), [['people']])
  const remove = useChange(() => call(path, { method: 'DELETE', ifMatch: person.version }), [['people']])
  return (
    <li className="person-row" aria-label={person.name}>
      <div className="show-name">
        <strong>
          <bdi>{person.name}</bdi>
          {me?.person === person.person && <span className="muted"> (you)</span>}
        </strong>
        <span className="muted">{person.email}</span>
      </div>
      <span>{person.roles.map(grantWords).join(', ')}</span>
      <span className="muted">
        {!person.password ? 'invited' : person.totp ? 'password and second factor' : 'password'}
      </span>
      <div className="row end">
        <Button size="small" aria-label={`Change ${person.name}`} onPress={() => setChanging(true)}>
          Change
        </Button>
        <Button size="small" isPending={link.isPending} onPress={() => link.mutate(undefined)}>
          New link
        </Button>
        <Confirm
          size="small"
          label="Remove"
          consequence={`${person.name} is signed out everywhere and cannot sign in any more.`}
          isPending={remove.isPending}
          onConfirm={() => remove.mutate(undefined)}
        />
      </div>
      {changing && <ChangePerson person={person} onClose={() => setChanging(false)} />}
      <Outcome of={link} />
      <Outcome of={remove} />
      {link.data !== undefined && (
        <Window title={`A new link for ${person.name}`} isOpen onClose={link.reset}>
          <OneTimeLink {...link.data} />
        </Window>
      )}
    </li>
  )
}
