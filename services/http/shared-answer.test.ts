import { expect, test } from 'bun:test'
import { sharedAnswer } from './shared-answer.ts'

test('however many ask at once one answer is made for all, and it is none that was begun before they asked', async () => {
  const made: PromiseWithResolvers<number>[] = []
  const ask = sharedAnswer(() => {
    const answer = Promise.withResolvers<number>()
    made.push(answer)
    return answer.promise
  })
  const first = ask()
  await Promise.resolve()
  expect(made).toHaveLength(1)
  const others = Array.from({ length: 100 }, () => ask())
  made[0]!.resolve(1)
  expect(await first).toBe(1)
  const afterwards = ask()
  // The pause is the runtime's timer: until it is over nothing is made, however many microtasks pass.
  for (let i = 0; i < 100; i++) await Promise.resolve()
  expect(made).toHaveLength(1)
  while (made.length < 2) await new Promise((resolve) => setTimeout(resolve, 1))
  made[1]!.resolve(2)
  expect(new Set(await Promise.all([...others, afterwards]))).toEqual(new Set([2]))
})

test('one that cannot be made is said to all who asked for it, and the next one is made', async () => {
  let made = 0
  const ask = sharedAnswer(async () => {
    if (++made === 1) throw new Error('not now')
    return made
  })
  const said: unknown = await Promise.allSettled([ask(), ask()])
  expect(said).toEqual(Array(2).fill({ status: 'rejected', reason: new Error('not now') }))
  expect(await ask()).toBe(2)
})
