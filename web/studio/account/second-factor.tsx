import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import type { Person } from '../../../protocol/people.ts'
import { call } from '../api/call.ts'
import { useChange, useMakeOnce } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Field } from '../ui/field.tsx'
import { Outcome } from '../ui/outcome.tsx'

interface Secret {
  secret: string
  uri: string
}

/** A second factor: a secret for an authenticator, its first code, and the codes for when the authenticator is lost. */
export function SecondFactor({ person }: { person: string }) {
  const path = `v1/studio/people/${person}`
  const touches = ['account']
  const [code, setCode] = useState('')
  const { data: me } = useQuery({
    queryKey: touches,
    queryFn: ({ signal }) => call<Person>(path, { signal }),
  })
  const begin = useChange(() => call<Secret>(`${path}/totp`, { method: 'POST' }), [touches])
  const confirm = useChange(
    () => call<{ recovery: string[] }>(`${path}/totp`, { method: 'POST', body: { code: code.trim() } }),
    [touches],
  )
  const [last, setLast] = useState('')
  // A code is valid once, so no automatic retry.
  const remove = useMakeOnce(
    (code: string) => call(`${path}/totp`, { method: 'DELETE', body: { code } }),
    touches,
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    confirm.mutate(undefined)
  }
  const recovery = confirm.data?.recovery
  return (
    <section className="card stack" aria-label="Second factor">
      <h2>Second factor {me?.totp && <span className="chip good">on</span>}</h2>
      {recovery !== undefined && (
        <>
          <p>
            From now on a code of your authenticator is asked for. Keep these on paper, each is good once in
            its place. They are not shown again.
          </p>
          <output className="link">{recovery.join('  ')}</output>
        </>
      )}
      {me?.totp === false && begin.data === undefined && (
        <>
          <p className="muted">Whoever learns your password cannot sign in without your telephone as well.</p>
          <div className="row">
            <Button isPending={begin.isPending} onPress={() => begin.mutate(undefined)}>
              Set up
            </Button>
          </div>
        </>
      )}
      {me?.totp === false && begin.data !== undefined && (
        <Form className="stack" onSubmit={submit}>
          <p>
            Enter this in your authenticator, or <a href={begin.data.uri}>open it there</a>:
          </p>
          <output className="link">{begin.data.secret}</output>
          <Field
            label="The code that it shows"
            value={code}
            onChange={setCode}
            inputMode="numeric"
            autoComplete="one-time-code"
            isRequired
            isText={false}
          />
          <div className="row">
            <Button type="submit" look="main" isPending={confirm.isPending}>
              Turn on
            </Button>
          </div>
        </Form>
      )}
      {me?.totp && (
        <>
          <Field
            label="A code of your authenticator, or a recovery code"
            value={last}
            onChange={setLast}
            autoComplete="one-time-code"
            isText={false}
            help="To turn it off."
          />
          <Confirm
            label="Turn off"
            consequence="Your password alone is enough to sign in."
            isIrreversible={false}
            isDisabled={last.trim() === ''}
            isPending={remove.isPending}
            onConfirm={() => {
              confirm.reset()
              begin.reset()
              setLast('')
              remove.mutate(last.trim())
            }}
          />
        </>
      )}
      <Outcome of={begin} />
      <Outcome of={confirm} />
      <Outcome of={remove} />
    </section>
  )
}
