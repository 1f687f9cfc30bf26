import type { CallContext } from '../http/call/spec.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { Outside } from './outside.ts'
import type { Passwords } from './passwords.ts'
import type { People } from './people.ts'
import type { Sessions } from './sessions.ts'
import type { createSignIn } from './sign-in.ts'

/** What the calls about people share. */
export interface PeopleContext extends CallContext {
  people: People
  passwords: Passwords
  sessions: Sessions
  signIn: ReturnType<typeof createSignIn>
  outside: Outside
  trustProxy: TrustProxy
}
