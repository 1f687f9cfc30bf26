import { type FormEvent, useState } from 'react'
import { Form } from 'react-aria-components'
import { Problem } from '../api/problem.ts'
import { Button } from '../ui/button.tsx'
import { Fault } from '../ui/fault.tsx'
import { Field } from '../ui/field.tsx'
import { useSession } from './session.tsx'

/** A producer's token, for a server where nobody has a password yet. */
export function TokenForm() {
  const { withToken } = useSession()
  const [cause, setCause] = useState<unknown>()
  const [pending, setPending] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget).get('token')).trim()
    setPending(true)
    setCause(undefined)
    try {
      await withToken(token)
    } catch (problem) {
      setCause(problem instanceof Problem && problem.status === 401 ? REFUSED : problem)
      setPending(false)
    }
  }
  return (
    <Form className="stack" onSubmit={submit}>
      <Field
        label="Producer’s token"
        name="token"
        type="password"
        autoComplete="off"
        isRequired
        isText={false}
        help="Whoever runs this server makes one: roar token make --sub you --producer. It stays in this tab alone."
      />
      <Fault cause={cause} />
      <Button type="submit" look="main" size="large" isPending={pending}>
        Sign in
      </Button>
    </Form>
  )
}

const REFUSED = new Problem({ status: 401, code: '', detail: 'The server does not take this token' })
