import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Grant, Person } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import { useChange } from '../api/queries.ts'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Grants } from './grants.tsx'
import { grantWords } from './roles.ts'

/** What an owner may change of a person. A concurrent change by another owner is not overwritten before it was read. */
export function ChangePerson({ person, onClose }: { person: Person; onClose: () => void }) {
  const [name, setName] = useState(person.name)
  const [roles, setRoles] = useState<readonly Grant[]>(person.roles)
  const [seen, setSeen] = useState(person)
  const change = useChange(
    ({ version }: Person) =>
      call<Person>(`v1/studio/people/${seen.person}`, {
        method: 'PATCH',
        body: { name, roles },
        ifMatch: version,
      }),
    [['people']],
    onClose,
  )
  const newer = change.error instanceof Problem ? (change.error.current as Person | undefined) : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // Saving again means having read what it replaces.
    change.mutate(newer ?? seen)
    if (newer !== undefined) setSeen(newer)
  }
  return (
    <Window title={seen.email} isOpen onClose={onClose}>
      <Form className="stack" onSubmit={submit}>
        <Field label="Name" value={name} onChange={setName} isRequired autoFocus />
        <Grants value={roles} onChange={setRoles} />
        <p className="muted">It holds at their next press, wherever they are signed in.</p>
        {newer !== undefined && (
          <p>
            By now: <bdi>{newer.name}</bdi>, {newer.roles.map(grantWords).join(', ')}. Save again to replace
            that.
          </p>
        )}
        <FormEnd change={change} label="Save" onCancel={onClose} />
      </Form>
    </Window>
  )
}
