import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { addressOf } from '../api/address.ts'
import { call } from '../api/call.ts'
import { Problem } from '../api/problem.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Field } from '../ui/field.tsx'
import { useTitle } from '../ui/title.ts'
import { type Me, useSession } from './session.tsx'
import { TokenForm } from './token-form.tsx'

/** Sign-in: by password, and a second factor if the person has one; or by a token. */
export function SignIn() {
  useTitle('Sign in')
  const [byToken, setByToken] = useState(false)
  const { data: ways } = useQuery({
    queryKey: ['ways'],
    queryFn: ({ signal }) => call<{ openid?: string }>('v1/studio/sign-in', { signal }),
  })
  const problem = new URLSearchParams(location.search).get('problem')
  return (
    <main className="door">
      <p className="brand">roar studio</p>
      <h1>Sign in</h1>
      {problem !== null && (
        <Fault cause={new Problem({ status: 0, code: '', detail: problemWords(problem) })} />
      )}
      {byToken ? <TokenForm /> : <PasswordForm />}
      {ways?.openid !== undefined && (
        <a className="button" href={addressOf('v1/studio/openid').href}>
          Sign in with {new URL(ways.openid).host}
        </a>
      )}
      <Button look="bare" onPress={() => setByToken(!byToken)}>
        {byToken ? 'Sign in with a password' : 'Use a token instead'}
      </Button>
    </main>
  )
}

/** The error of a sign-in with an identity provider. */
const problemWords = (code: string): string =>
  code === 'forbidden'
    ? 'The provider knows you, and nobody has invited you here'
    : `The provider did not sign you in (${code})`

/** @param email The person whose password is requested again; absent: anybody's. */
export function PasswordForm({ email, onDone = () => {} }: { email?: string; onDone?: () => void }) {
  const { signedIn } = useSession()
  const [cause, setCause] = useState<unknown>()
  const [wantsCode, setWantsCode] = useState(false)
  const [pending, setPending] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const asked = Object.fromEntries(new FormData(event.currentTarget))
    setPending(true)
    setCause(undefined)
    try {
      signedIn(
        await call<Me>('v1/studio/sessions', { method: 'POST', body: { ...asked, ...(email && { email }) } }),
      )
      onDone()
    } catch (problem) {
      if (problem instanceof Problem && problem.code === 'code_required') setWantsCode(true)
      else setCause(problem instanceof Problem && problem.code === 'wrong_sign_in' ? WRONG : problem)
    } finally {
      setPending(false)
    }
  }
  return (
    <Form className="stack" onSubmit={submit}>
      {email === undefined && (
        <Field label="E-mail" name="email" type="email" autoComplete="username" isRequired isText={false} />
      )}
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        isRequired
        isText={false}
      />
      {wantsCode && (
        <Field
          label="Code of your authenticator"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          isRequired
          autoFocus
          isText={false}
        />
      )}
      <Fault cause={cause} />
      <Button type="submit" look="main" size="large" isPending={pending}>
        Sign in
      </Button>
    </Form>
  )
}

/** Does not say which is wrong: that would tell strangers who works here. */
const WRONG = new Problem({ status: 401, code: '', detail: 'E-mail, password or code is wrong' })
