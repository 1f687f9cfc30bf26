import type { Clock } from '../../adapters/clock/clock.ts'
import type { PeopleStore, StoredPerson } from '../../adapters/store/people.ts'
import { Attempts } from '../../engine/people/attempts.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import { emailKeyOf } from '../../protocol/people.ts'
import { refuse } from '../http/gate.ts'
import { isLoopback, networkOfV6 } from '../http/ip.ts'
import type { Passwords } from './passwords.ts'

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

/** Finds out who signs in, at the pace that guessing is given. */
export function createSignIn({
  store,
  passwords,
  clock,
  limitLoopback,
}: {
  store: PeopleStore
  passwords: Passwords
  clock: Clock
  limitLoopback: boolean
}) {
  const addresses = new RateLimit({ perSecond: ADDRESS_PER_SECOND, burst: ADDRESS_BURST, keysMax: 10_000 })
  const attempts = new Attempts()
  /** Of each account and network the one that is being answered: who waits takes nobody else's turn. */
  const waiting = new Set<string>()

  async function check({ email, password }: SignInGiven, delayMs: number): Promise<StoredPerson> {
    const account = emailKeyOf(email)
    // Counted before it is known, so that many at once are not one.
    attempts.failed(account, clock.now())
    if (delayMs > 0) await new Promise<void>((waited) => clock.after(delayMs, waited))
    const person = await store.personOf(account)
    // Also for nobody: how long it takes does not say who is here.
    const isRight = await passwords.verify(password, person?.password)
    if (person === undefined || !isRight)
      throw new RoarError('wrong_sign_in', 'nobody has this e-mail and this password')
    attempts.succeeded(account, clock.now())
    return person
  }

  /**
   * @param address Empty: it is not known, as of who has left.
   * @throws RoarError wrong_sign_in, too_many_requests, overloaded
   */
  return async (given: SignInGiven, address: string): Promise<StoredPerson> => {
    const network = networkOfV6(address, 4)
    if (limitLoopback || !isLoopback(address))
      refuse(addresses.take(network, clock.now()), 'address', addresses)
    const delayMs = attempts.delayMs(emailKeyOf(given.email), clock.now())
    if (delayMs === 0) return check(given, delayMs)
    const turn = `${network} ${emailKeyOf(given.email)}`
    // A delay beside which others can be had is none; and those who wait elsewhere take nobody's turn here.
    if (waiting.has(turn))
      throw new RoarError('too_many_requests', 'a sign-in of this account waits for its answer', {
        retryAfterS: 5,
      })
    if (waiting.size >= WAITING_MAX) throw new RoarError('overloaded', 'many are signing in: try again')
    waiting.add(turn)
    try {
      return await check(given, delayMs)
    } finally {
      waiting.delete(turn)
    }
  }
}
