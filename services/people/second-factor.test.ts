import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { totpCode } from '../../engine/people/totp.ts'
import { createPeople } from './people.ts'
import { createSecondFactor } from './second-factor.ts'

const NOW = 1_795_349_712_000

/** Somebody with a second factor, whose password is known. */
async function account() {
  const clock = new ManualClock(NOW)
  const { people: store } = new MemoryStore()
  const ann = { person: 'ann', email: 'ann@a.example', name: 'Ann', made: NOW, version: 1 }
  await store.write({ person: { ...ann, roles: [{ role: 'owner' }] } }, NOW)
  const people = createPeople({ store, passwords: {} as never, clock })
  const factor = createSecondFactor({ store, people, clock })
  await factor.begin('ann', 'ann')
  const secret = Uint8Array.fromBase64((await store.person('ann'))!.totp!.secret)
  /** What the authenticator shows; `steps` ahead. */
  const code = (steps = 0) => totpCode(secret, Math.floor(clock.now() / 30_000) + steps)
  const recovery = await factor.confirm('ann', 'ann', code())
  clock.advance(60_000)
  /** What was taken, or the code of the refusal. */
  const ask = async (given: string) =>
    factor.check((await store.person('ann'))!, given).then(
      (what) => what as string,
      ({ code }) => code as string,
    )
  /** One that is right neither now nor near. */
  const wrong = () =>
    [0, 1, 2, 3].map((digit) => `${digit}`.repeat(6)).find((each) => ![-1, 0, 1].map(code).includes(each))!
  return { clock, code, recovery, ask, wrong }
}

test('a code of the step before and after is taken, of none further away, and none that is older than the last', async () => {
  for (const [steps, answer] of [
    [-2, 'code_required'],
    [-1, 'code'],
    [0, 'code'],
    [1, 'code'],
    [2, 'code_required'],
  ] as const) {
    const { ask, code } = await account()
    expect([steps, await ask(code(steps))]).toEqual([steps, answer])
  }
  const { ask, code } = await account()
  expect(await ask(code(1))).toBe('code')
  for (const steps of [1, 0, -1]) expect(await ask(code(steps))).toBe('code_required')
})

test('codes cannot be guessed by whoever knows the password, from however many addresses; a recovery code lets their owner in', async () => {
  const { ask, code, clock, recovery, wrong } = await account()
  const guesses = await Promise.all(Array.from({ length: 50 }, () => ask(wrong())))
  expect(guesses.filter((answer) => answer === 'code_required')).toHaveLength(20)
  expect(guesses.filter((answer) => answer === 'too_many_requests')).toHaveLength(30)
  expect(await ask(code())).toBe('too_many_requests')
  expect(await ask(recovery[0]!)).toBe('recovery code')
  expect(await ask(recovery[0]!)).toBe('code_required')
  clock.advance(600_000)
  expect(await ask(code())).toBe('code')
})
