import { passwordFault, passwordKeyOf } from '../../engine/people/password-rules.ts'
import { RoarError } from '../../protocol/errors.ts'
import { newSecret } from './secrets.ts'

/** OWASP's minimum for Argon2id: 19 MiB, two passes. It runs beside the loop that takes taps, on a thread of the runtime. */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
/** Hashed at the same time: one, so that a rush to sign in leaves the other processors to the taps. */
const AT_ONCE_MAX = 1
/** Those who may wait for that; beyond it a sign-in is refused with `overloaded`. */
const WAITING_MAX = 64

export type Passwords = ReturnType<typeof createPasswords>

/** Makes and checks hashes of passwords, few at a time. */
export function createPasswords() {
  let working = 0
  const waiting: (() => void)[] = []
  let nobodys: string | undefined

  async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
    if (working >= AT_ONCE_MAX) {
      if (waiting.length >= WAITING_MAX)
        throw new RoarError('overloaded', 'too many people are signing in: try again')
      await new Promise<void>((turn) => waiting.push(turn))
    } else working++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) working--
      else next()
    }
  }

  return {
    /** @throws RoarError bad_password for one that is guessed first, overloaded */
    hash(password: string, whose: { email: string; name: string }): Promise<string> {
      const fault = passwordFault(password, whose)
      if (fault !== undefined) throw new RoarError('bad_password', fault)
      return oneOfFew(() => Bun.password.hash(passwordKeyOf(password), ARGON2ID))
    },
    /** Takes as long for somebody who is not there, or has no password. @throws RoarError overloaded */
    verify: (password: string, kept: string | undefined): Promise<boolean> =>
      oneOfFew(async () => {
        nobodys ??= await Bun.password.hash(newSecret(), ARGON2ID)
        const isRight = await Bun.password.verify(passwordKeyOf(password), kept ?? nobodys)
        return isRight && kept !== undefined
      }),
  }
}
