import { useEffect, useState } from 'react'
import { onSignInAgain } from '../api/call.ts'
import { Window } from '../ui/dialog.tsx'
import { PasswordForm } from './sign-in.tsx'

/** Asks for the password again, before a change of who has access. The calls that need it wait meanwhile. */
export function SignInAgain({ email }: { email: string }) {
  const [waiting, setWaiting] = useState<readonly ((isSignedIn: boolean) => void)[]>([])
  useEffect(() => {
    onSignInAgain(() => new Promise((resolve) => setWaiting((others) => [...others, resolve])))
    return () => onSignInAgain(async () => false)
  }, [])
  const end = (isSignedIn: boolean) => {
    for (const answer of waiting) answer(isSignedIn)
    setWaiting([])
  }
  return (
    <Window title="Enter your password again" isOpen={waiting.length > 0} onClose={() => end(false)}>
      <p className="muted">
        You signed in a while ago, and this changes who can sign in. If you have no password here, sign out
        and in again.
      </p>
      <PasswordForm email={email} onDone={() => end(true)} />
    </Window>
  )
}
