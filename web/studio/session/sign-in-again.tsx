import { useEffect, useState } from 'react'
import { onSignInAgain } from '../api/call.ts'
import { Window } from '../ui/dialog.tsx'
import { PasswordForm } from './sign-in.tsx'

/** Asks for the password again, before a change of who has access. The call waits meanwhile. */
export function SignInAgain({ email }: { email: string }) {
  const [answer, setAnswer] = useState<((isSignedIn: boolean) => void) | undefined>()
  useEffect(() => {
    onSignInAgain(() => new Promise((resolve) => setAnswer(() => resolve)))
    return () => onSignInAgain(async () => false)
  }, [])
  const end = (isSignedIn: boolean) => {
    answer?.(isSignedIn)
    setAnswer(undefined)
  }
  return (
    <Window title="Enter your password again" isOpen={answer !== undefined} onClose={() => end(false)}>
      <p className="muted">You signed in a while ago, and this changes who can sign in.</p>
      <PasswordForm email={email} onDone={() => end(true)} />
    </Window>
  )
}
