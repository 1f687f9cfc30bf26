import type { Clock } from '../../adapters/clock/clock.ts'
import type { StoredPerson } from '../../adapters/store/people.ts'
import type { CallContext } from '../http/call/spec.ts'
import type { TrustProxy } from '../http/forwarded.ts'
import type { ApiKeys } from './api-keys.ts'
import type { OpenId, Vouched } from './openid.ts'
import type { Outside } from './outside.ts'
import type { Passwords } from './passwords.ts'
import type { People } from './people.ts'
import type { SecondFactor } from './second-factor.ts'
import type { Sessions } from './sessions.ts'
import type { SignIn } from './sign-in.ts'

/** What the calls about people share. */
export interface PeopleContext extends CallContext {
  people: People
  passwords: Passwords
  sessions: Sessions
  signIn: SignIn
  secondFactor: SecondFactor
  apiKeys: ApiKeys
  clock: Clock
  outside: Outside
  /** Absent: people sign in by password only. */
  openId?: OpenId
  vouched?: (vouched: Vouched) => Promise<StoredPerson>
  trustProxy: TrustProxy
}
