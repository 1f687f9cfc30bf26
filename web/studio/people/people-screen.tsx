import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Person } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Loading } from '../ui/loading.tsx'
import { useTitle } from '../ui/title.ts'
import { Invite } from './invite.tsx'
import { PersonRow } from './person-row.tsx'

/** Who may sign in, and what each person may do. For owners. */
export default function PeopleScreen() {
  useTitle('People')
  const [inviting, setInviting] = useState(false)
  const { data, error, isPending } = useQuery({
    queryKey: ['people'],
    queryFn: ({ signal }) => call<Person[]>('v1/studio/people', { signal }),
  })
  return (
    <div className="page people">
      <div className="page-head">
        <h1>People</h1>
        <span className="gap" />
        <Button look="main" onPress={() => setInviting(true)}>
          Invite somebody
        </Button>
      </div>
      <Fault cause={error} />
      {isPending && <Loading />}
      {data?.length === 0 && (
        <p className="empty">Nobody has a password yet: everybody works with a token.</p>
      )}
      {data !== undefined && data.length > 0 && (
        <ul className="list">
          {data.map((person) => (
            <PersonRow key={person.person} person={person} />
          ))}
        </ul>
      )}
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </div>
  )
}
