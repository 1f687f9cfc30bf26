import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Role } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Where } from '../ui/where.tsx'
import { type Link, OneTimeLink } from './one-time-link.tsx'
import { ROLE_CHOICES } from './roles.ts'

/** Makes a person and the link by which they set their password. */
export function Invite({ onClose }: { onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('producer')
  const [show, setShow] = useState<string | undefined>()
  const invite = useChange(() => {
    const roles = [show === undefined ? { role } : { role, show }]
    return call<Link>('v1/studio/people', { method: 'POST', body: { email, name, roles } })
  }, [['people']])
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
          <Choose label="Role" value={role} options={ROLE_CHOICES} onChange={setRole} />
          <Where show={show} onChange={setShow} />
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
