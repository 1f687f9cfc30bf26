import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Grant } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Grants } from './grants.tsx'
import { type Link, OneTimeLink } from './one-time-link.tsx'

/** Creates a person and the link by which they set their password. */
export function Invite({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<readonly Grant[]>([{ role: 'producer' }])
  const invite = useChange(
    () => call<Link>('v1/studio/people', { method: 'POST', body: { email, name, roles } }),
    [['people']],
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate(undefined)
  }
  return (
    <Window title="Invite somebody" isOpen onClose={onClose}>
      {invite.data === undefined ? (
        <Form className="stack" onSubmit={submit}>
          <Field label="Name" value={name} onChange={setName} isRequired autoFocus />
          <Field label="E-mail" type="email" value={email} onChange={setEmail} isRequired isText={false} />
          <Grants value={roles} onChange={setRoles} />
          <FormEnd change={invite} label="Invite" onCancel={onClose} />
        </Form>
      ) : (
        <>
          <OneTimeLink {...invite.data} />
          <div className="row end">
            <Button onPress={onClose}>Done</Button>
          </div>
        </>
      )}
    </Window>
  )
}
