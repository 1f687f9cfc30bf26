import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Role } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useMakeOnce } from '../api/queries.ts'
import { serverNow } from '../api/server-time.ts'
import { ROLE_CHOICES } from '../people/roles.ts'
import { Button } from '../ui/button.tsx'
import { Choose } from '../ui/choose.tsx'
import { Window } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { FormEnd } from '../ui/form-end.tsx'
import { Several } from '../ui/several.tsx'
import { ShownOnce } from '../ui/shown-once.tsx'
import { Where } from '../ui/where.tsx'
import { API_KEYS } from './key-row.tsx'

/** A machine cannot be an owner. */
const SCOPES = ROLE_CHOICES.filter(({ id }) => id !== 'owner')
const DAYS = [
  { id: '1', title: 'a day' },
  { id: '30', title: '30 days' },
  { id: '365', title: 'a year' },
  { id: '1825', title: 'five years' },
] as const
type Days = (typeof DAYS)[number]['id']
const DAY_MS = 86_400_000

/** Creates a key for a machine, and shows it once. */
export function NewKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Role[]>(['analyst'])
  const [show, setShow] = useState<string | undefined>()
  const [days, setDays] = useState<Days>('365')
  const make = useMakeOnce(() => {
    const expires = serverNow() + Number(days) * DAY_MS
    const body = { name, scopes, expires, ...(show !== undefined && { shows: [show] }) }
    return call<{ secret: string }>('v1/studio/api-keys', { method: 'POST', body })
  }, API_KEYS)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    make.mutate(undefined)
  }
  return (
    <Window title="New key" isOpen onClose={onClose}>
      {make.data === undefined ? (
        <Form className="stack" onSubmit={submit}>
          <Field label="Name" value={name} onChange={setName} isRequired autoFocus help="Of the machine." />
          <Several label="May do what these may" value={scopes} options={SCOPES} onChange={setScopes} />
          <Where show={show} onChange={setShow} />
          <Choose label="Good for" value={days} options={DAYS} onChange={setDays} />
          <FormEnd change={make} label="Make the key" onCancel={onClose} />
        </Form>
      ) : (
        <>
          <ShownOnce what="the key" value={make.data.secret}>
            The machine sends it as <code>Authorization: Bearer</code>. It is not shown again.
          </ShownOnce>
          <div className="row end">
            <Button onPress={onClose}>Done</Button>
          </div>
        </>
      )}
    </Window>
  )
}
