import { randomBytes } from 'node:crypto'
import type { Clock } from '../../adapters/clock/clock.ts'
import type { PeopleStore, StoredPerson, Totp } from '../../adapters/store/people.ts'
import { base32, TOTP_SECRET_BYTES, totpStep, totpUri } from '../../engine/people/totp.ts'
import { RateLimit } from '../../engine/rate-limit.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { People } from './people.ts'
import { hashOf } from './secrets.ts'

const ISSUER = 'Roar'
/** Codes for a lost authenticator, each valid once; with 80 bits, so their hashes need not be slow. */
const RECOVERY_CODES = 10
const RECOVERY_BYTES = 10
/**
 * Codes tried for one account: a burst, then one each ten minutes. The sender already knows the password, and of a million codes
 * three are valid at any time: at this rate guessing takes years, from however many addresses. A recovery code is always
 * accepted, so that nobody who learned the password can lock the owner out.
 */
const CODES_BURST = 20
const CODES_PER_SECOND = 1 / 600
const ACCOUNTS_MAX = 10_000
/** How often checking a code is retried because its person changed meanwhile. */
const RACES_MAX = 5

export type SecondFactor = ReturnType<typeof createSecondFactor>

/** One-time codes by an authenticator (RFC 6238), and recovery codes. No code is accepted twice. */
export function createSecondFactor({
  store,
  people,
  clock,
}: {
  store: PeopleStore
  people: People
  clock: Clock
}) {
  const tried = new RateLimit({ perSecond: CODES_PER_SECOND, burst: CODES_BURST, keysMax: ACCOUNTS_MAX })

  /** Counted before the check, so that concurrent attempts do not count as one. @throws RoarError too_many_requests */
  function admit(person: string): void {
    const waitMs = tried.take(person, clock.now())
    if (waitMs > 0)
      throw new RoarError(
        'too_many_requests',
        'too many codes of this account were tried: use a recovery code',
        {
          retryAfterS: Math.ceil(waitMs / 1000),
        },
      )
  }

  return {
    /** A new secret, not in force until a code confirms it. @throws RoarError wrong_state if there is one */
    async begin(id: string, by: string): Promise<{ secret: string; uri: string }> {
      const secret = randomBytes(TOTP_SECRET_BYTES)
      const { email } = await people.change(id, by, (before) => {
        if (before.totp?.isConfirmed)
          throw new RoarError('wrong_state', 'there already is a second factor: remove it first')
        const totp = { secret: secret.toBase64(), step: 0, recovery: [], isConfirmed: false }
        return { person: { ...before, totp }, action: 'begin-totp' }
      })
      return { secret: base32(secret), uri: totpUri(secret, { issuer: ISSUER, account: email }) }
    },

    /**
     * Requires a code from now on. Returns the recovery codes, which are shown only once.
     * @throws RoarError wrong_state if nothing was begun, code_required for a wrong code
     */
    async confirm(id: string, by: string, code: string): Promise<string[]> {
      const codes = Array.from({ length: RECOVERY_CODES }, () => grouped(base32(randomBytes(RECOVERY_BYTES))))
      await people.change(id, by, (before) => {
        if (before.totp === undefined || before.totp.isConfirmed)
          throw new RoarError('wrong_state', 'no second factor is waiting to be confirmed')
        const used = without(code, before.totp, clock.now())
        if (used === undefined) throw new RoarError('code_required', 'the code is wrong')
        const recovery = codes.map((each) => hashOf(plain(each)))
        return {
          person: { ...before, totp: { ...used.totp, recovery, isConfirmed: true } },
          action: 'confirm-totp',
        }
      })
      return codes
    },

    /**
     * Requires no code any more.
     * @param options.isOwn Requires a code: whoever finds a browser signed in has the session but not the factor.
     * @throws RoarError code_required, too_many_requests
     */
    async remove(
      id: string,
      by: string,
      { seen, isOwn, code }: { seen: string | undefined; isOwn: boolean; code: string | undefined },
    ): Promise<StoredPerson> {
      if (isOwn && code !== undefined && isByTime(code)) admit(id)
      const act = (before: StoredPerson) => {
        const { totp, ...person } = before
        if (totp === undefined) return { person: before, action: '' }
        if (
          isOwn &&
          totp.isConfirmed &&
          (code === undefined || without(code, totp, clock.now()) === undefined)
        )
          throw new RoarError('code_required', 'turning off your second factor needs one of its codes')
        return { person, action: 'remove-totp' }
      }
      return people.change(id, by, act, seen)
    },

    /** Uses up the code, if one is required. Returns its kind. @throws RoarError code_required, too_many_requests */
    async check(signsIn: StoredPerson, code: string | undefined): Promise<Used['what'] | undefined> {
      let person: StoredPerson | undefined = signsIn
      if (code !== undefined && isByTime(code) && signsIn.totp?.isConfirmed) admit(signsIn.person)
      for (let race = 0; race < RACES_MAX; race++) {
        if (person?.totp?.isConfirmed !== true) return undefined
        if (code === undefined) throw new RoarError('code_required', 'the account has a second factor')
        const used: Used | undefined = without(code, person.totp, clock.now())
        if (used === undefined) throw new RoarError('code_required', 'the code is wrong or already used')
        const after = { ...person, totp: used.totp, version: person.version + 1 }
        // If two requests use the same code at the same moment the second one finds a newer version.
        if ((await store.write({ person: after }, clock.now())) === 'done') return used.what
        person = await store.person(person.person)
      }
      throw new RoarError('code_required', 'the account is being changed: try again')
    },
  }
}

interface Used {
  what: 'code' | 'recovery code'
  /** What is left then. */
  totp: Totp
}

/** Uses up a code; undefined: it is not a valid unused one. */
function without(code: string, totp: Totp, now: number): Used | undefined {
  const secret = Uint8Array.fromBase64(totp.secret)
  const step = totpStep(secret, plain(code), { now, after: totp.step })
  if (step !== undefined) return { what: 'code', totp: { ...totp, step } }
  const hash = hashOf(plain(code))
  if (!totp.recovery.includes(hash)) return undefined
  return { what: 'recovery code', totp: { ...totp, recovery: totp.recovery.filter((each) => each !== hash) } }
}

/** A code by an authenticator; a recovery code is longer. */
const isByTime = (code: string): boolean => /^\d{6}$/.test(plain(code))

/** As people type it: `abcd-efgh`, `123 456`. */
const plain = (code: string): string => code.replaceAll(/[\s-]/g, '').toUpperCase()
const grouped = (code: string): string => code.match(/.{4}/g)!.join('-')
