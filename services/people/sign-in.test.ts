import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { MemoryStore } from '../../adapters/memory/store-memory.ts'
import { createSignIn } from './sign-in.ts'

const NOW = 1_795_349_712_000
const RIGHT = 'the right one'
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function door({ limitLoopback = true } = {}) {
  const clock = new ManualClock(NOW)
  const { people: store } = new MemoryStore()
  const person = { person: 'ann', email: 'ann@a.example', name: 'Ann', made: NOW, version: 1 }
  await store.write({ person: { ...person, roles: [{ role: 'owner' }], password: RIGHT } }, NOW)
  const seen: (string | undefined)[] = []
  const passwords = {
    async verify(password: string, kept: string | undefined) {
      seen.push(kept)
      return password === kept
    },
  } as never
  const secondFactor = { check: async () => undefined } as never
  const { signIn } = createSignIn({ store, passwords, secondFactor, clock, limitLoopback })
  /** The answer's code, once it has one; undefined: it waits. */
  const ask = (password: string, address: string, email = 'ann@a.example') => {
    const result: { code?: string } = {}
    signIn({ email, password }, address).then(
      () => (result.code = 'in'),
      ({ code }) => (result.code = code),
    )
    return result
  }
  return { clock, ask, seen }
}

test('whoever knows the password gets in within seconds, while strangers guess from everywhere', async () => {
  const { clock, ask } = await door()
  for (let i = 0; i < 40; i++) {
    ask('wrong', `198.51.100.${i}`)
    await turn()
  }
  const owner = ask(RIGHT, '203.0.113.9')
  await turn()
  expect(owner.code).toBeUndefined()
  clock.advance(4_000)
  for (let i = 0; i < 5; i++) await turn()
  expect(owner.code).toBe('in')
})

test('many guesses at one moment are paced as if they came one after the other', async () => {
  const { ask, seen } = await door({ limitLoopback: false })
  const answers = Array.from({ length: 50 }, () => ask('wrong', '127.0.0.1'))
  for (let i = 0; i < 5; i++) await turn()
  expect(seen).toHaveLength(5)
  expect(answers.filter(({ code }) => code === 'wrong_sign_in')).toHaveLength(5)
  expect(answers.filter(({ code }) => code === 'too_many_requests')).toHaveLength(44)
})

test('one address signs in to many accounts at its pace alone, and an IPv6 network is one', async () => {
  const { ask } = await door()
  const tries = (address: (i: number) => string) =>
    Array.from({ length: 25 }, (_, i) => ask('wrong', address(i), `${i}@a.example`))
  const answers = [...tries(() => '198.51.100.1'), ...tries((i) => `2001:db8::${i + 1}`)]
  for (let i = 0; i < 5; i++) await turn()
  expect(answers.filter(({ code }) => code === 'too_many_requests')).toHaveLength(10)
})

test('for somebody who is not here as much is done as for somebody who is', async () => {
  const { ask, seen } = await door()
  ask('wrong', '198.51.100.1', 'nobody@a.example')
  ask('wrong', '198.51.100.1')
  await turn()
  expect(seen).toEqual([undefined, RIGHT])
})
