import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { useLocation } from 'wouter'
import { call } from '../api/call.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Field } from '../ui/field.tsx'
import { type Me, useSession } from './session.tsx'

const PASSWORD_LENGTH_MIN = 15

/** The token is after the `#`, which is never sent to a server and so is in no log. */
const tokenOfLink = () => new URLSearchParams(location.hash.slice(1)).get('token') ?? ''

/** Target of a one-time link: a person who was invited, or sets up this server, chooses a password. */
export function Welcome() {
  const { signedIn } = useSession()
  const [, go] = useLocation()
  const [token] = useState(tokenOfLink)
  const [cause, setCause] = useState<unknown>()
  const [pending, setPending] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value !== '')
    setPending(true)
    setCause(undefined)
    try {
      const body = { token, ...Object.fromEntries(given) }
      const me = await call<Me>('v1/studio/people/welcome', { method: 'POST', body })
      // A person with a second factor must present it.
      signedIn(me.session === undefined ? undefined : me)
      // The link is used up and need not be in the history.
      go('/', { replace: true })
    } catch (problem) {
      setCause(problem)
      setPending(false)
    }
  }
  return (
    <main className="door">
      <p className="brand">roar studio</p>
      <h1>Welcome</h1>
      {token === '' && (
        <p className="fault">This link has lost its end. Copy it whole, up to the last character.</p>
      )}
      <Form className="stack" onSubmit={submit}>
        <Field label="Your name" name="name" autoComplete="name" help="As your colleagues see it." />
        <Field
          label="E-mail"
          name="email"
          type="email"
          autoComplete="username"
          isText={false}
          help="Only for the first owner of this server: you sign in with it."
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          isRequired
          minLength={PASSWORD_LENGTH_MIN}
          isText={false}
          help={`At least ${PASSWORD_LENGTH_MIN} characters. Several words are easier to remember.`}
        />
        <Fault cause={cause} />
        <Button type="submit" look="main" size="large" isPending={pending}>
          Begin
        </Button>
      </Form>
    </main>
  )
}
