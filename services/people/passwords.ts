import { passwordFault, passwordKeyOf } from '../../engine/people/password-rules.ts'
import { RoarError } from '../../protocol/errors.ts'
import { newSecret } from './secrets.ts'

/** OWASP's minimum for Argon2id: 19 MiB, two passes. It runs on a thread of the runtime, beside the loop that accepts taps. */
const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const
/** Concurrent hashes: one, so that a rush of sign-ins leaves the other processors to the taps. */
const AT_ONCE_MAX = 1
/** Hashes that may wait; beyond it a sign-in is refused with `overloaded`. */
const WAITING_MAX = 64

export type Passwords = ReturnType<typeof createPasswords>

/** Creates and verifies password hashes, few at a time. */
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
    /** @throws RoarError bad_password for one that is easily guessed, overloaded */
    hash(password: string, whose: { email: string; name: string }): Promise<string> {
      const fault = passwordFault(password, whose)
      if (fault !== undefined) throw new RoarError('bad_password', fault)
      return oneOfFew(() => Bun.password.hash(passwordKeyOf(password), ARGON2ID))
    },
    /** Takes equally long for an unknown person, and for one without a password. @throws RoarError overloaded */
    verify: (password: string, kept: string | undefined): Promise<boolean> =>
      oneOfFew(async () => {
        nobodys ??= await Bun.password.hash(newSecret(), ARGON2ID)
        const isRight = await Bun.password.verify(passwordKeyOf(password), kept ?? nobodys)
        return isRight && kept !== undefined
      }),
  }
}
