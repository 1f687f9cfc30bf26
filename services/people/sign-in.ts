import type { Clock } from '../../adapters/clock/clock.ts'
import type { PeopleStore, StoredPerson } from '../../adapters/store/people.ts'
import { Attempts } from '../../engine/people/attempts.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import { emailKeyOf } from '../../protocol/people.ts'
import { addressLimit } from '../http/gate.ts'
import { networkOfV6 } from '../http/ip.ts'
import type { Passwords } from './passwords.ts'
import type { SecondFactor } from './second-factor.ts'

/** From one address: a burst, then one each ten seconds. */
const ADDRESS_BURST = 20
const ADDRESS_PER_SECOND = 0.1
/** Delayed sign-ins, over all accounts. */
const WAITING_MAX = 1000

/** What a person submits to sign in. */
export interface SignInGiven {
  email: string
  password: string
  code?: string | undefined
}

export type SignIn = ReturnType<typeof createSignIn>

/** Authenticates a person, at the rate that guessing is limited to. */
export function createSignIn({
  store,
  passwords,
  secondFactor,
  clock,
  limitLoopback,
}: {
  store: PeopleStore
  passwords: Passwords
  secondFactor: SecondFactor
  clock: Clock
  limitLoopback: boolean
}) {
  const addresses = new RateLimit({ perSecond: ADDRESS_PER_SECOND, burst: ADDRESS_BURST, keysMax: 10_000 })
  const attempts = new Attempts()
  /** The delayed attempt of each account and network: waiting ones do not take the turns of others. */
  const waiting = new Set<string>()

  const admit = addressLimit({ addresses, loopbackUnlimited: !limitLoopback, clock })

  /** Runs an attempt after its delay. It is counted before, so that concurrent attempts do not count as one. */
  async function paced<T>(account: string, address: string, attempt: () => Promise<T>): Promise<T> {
    admit(address)
    const delayMs = attempts.delayMs(account, clock.now())
    attempts.failed(account, clock.now())
    if (delayMs > 0) await waited(`${networkOfV6(address, 4)} ${account}`, delayMs)
    const result = await attempt()
    attempts.succeeded(account, clock.now())
    return result
  }

  /** A delay would be useless if attempts could run in parallel; and those that wait elsewhere take no turns here. */
  async function waited(turn: string, delayMs: number): Promise<void> {
    if (waiting.has(turn))
      throw new RoarError('too_many_requests', 'another sign-in to this account is in progress', {
        retryAfterS: 5,
      })
    if (waiting.size >= WAITING_MAX)
      throw new RoarError('overloaded', 'too many people are signing in: try again')
    waiting.add(turn)
    try {
      await new Promise<void>((over) => clock.after(delayMs, over))
    } finally {
      waiting.delete(turn)
    }
  }

  /** @throws RoarError wrong_sign_in, overloaded */
  async function withPassword(account: string, password: string): Promise<StoredPerson> {
    const person = await store.personOf(account)
    // Also for an unknown account: the duration must not reveal who exists.
    const isRight = await passwords.verify(password, person?.password)
    if (person === undefined || !isRight)
      throw new RoarError('wrong_sign_in', 'no account has this e-mail and password')
    return person
  }

  return {
    admit,

    /**
     * Authenticates a person; returns how. @param address Empty: unknown, as for a client that has left.
     * @throws RoarError wrong_sign_in, code_required, too_many_requests, overloaded
     */
    signIn({ email, password, code }: SignInGiven, address: string) {
      const account = emailKeyOf(email)
      return paced(account, address, async () => {
        const person = await withPassword(account, password)
        const second = await secondFactor.check(person, code)
        return { person, how: second === undefined ? 'password' : `password and ${second}` }
      })
    },

    /** Checks a signed-in person's password. @throws RoarError as `signIn` */
    async confirm({ email, password }: { email: string; password: string }, address: string): Promise<void> {
      const account = emailKeyOf(email)
      await paced(account, address, () => withPassword(account, password))
    },
  }
}
