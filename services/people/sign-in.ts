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

/** From one address: so many at once, and then one each ten seconds. */
const ADDRESS_BURST = 20
const ADDRESS_PER_SECOND = 0.1
/** Sign-ins that wait for their answer, of all accounts. */
const WAITING_MAX = 1000

/** What somebody says who signs in. */
export interface SignInGiven {
  email: string
  password: string
  code?: string | undefined
}

export type SignIn = ReturnType<typeof createSignIn>

/** Finds out who signs in, at the pace that guessing is given. */
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
  /** Of each account and network the one that is being answered: who waits takes nobody else's turn. */
  const waiting = new Set<string>()

  const admit = addressLimit({ addresses, loopbackUnlimited: !limitLoopback, clock })

  /** Does what may go wrong, once its turn has come. It is counted before, so that many at once are not one. */
  async function paced<T>(account: string, address: string, attempt: () => Promise<T>): Promise<T> {
    admit(address)
    const delayMs = attempts.delayMs(account, clock.now())
    attempts.failed(account, clock.now())
    if (delayMs > 0) await waited(`${networkOfV6(address, 4)} ${account}`, delayMs)
    const result = await attempt()
    attempts.succeeded(account, clock.now())
    return result
  }

  /** A delay beside which others could be had would be none; and those who wait elsewhere take nobody's turn here. */
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
    // Also for nobody: how long it takes does not say who is here.
    const isRight = await passwords.verify(password, person?.password)
    if (person === undefined || !isRight)
      throw new RoarError('wrong_sign_in', 'no account has this e-mail and password')
    return person
  }

  return {
    admit,

    /**
     * Who signs in, and by what. @param address Empty: it is not known, as of who has left.
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

    /** Whether somebody who is signed in knows their password. @throws RoarError as `signIn` */
    async confirm({ email, password }: { email: string; password: string }, address: string): Promise<void> {
      const account = emailKeyOf(email)
      await paced(account, address, () => withPassword(account, password))
    },
  }
}
