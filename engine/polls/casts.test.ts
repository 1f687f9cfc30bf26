import { expect, test } from 'bun:test'
import { Casts } from './casts.ts'

/** Which of those who wait were called, in their order. */
function waiting(casts: Casts) {
  const called: string[] = []
  return { called, wait: (poll: string, who: string) => casts.whenNone(poll, () => called.push(who)) }
}

test('where no vote is in progress nobody waits', () => {
  const casts = new Casts()
  const { called, wait } = waiting(casts)
  wait('mvp', 'a')
  expect(called).toEqual(['a'])
})

test('all who wait are called once, when the last vote leaves, and not by a vote of another poll', () => {
  const casts = new Casts()
  const { called, wait } = waiting(casts)
  casts.enter('mvp')
  casts.enter('mvp')
  casts.enter('quiz')
  wait('mvp', 'a')
  wait('mvp', 'b')
  casts.leave('quiz')
  casts.leave('mvp')
  expect(called).toEqual([])
  casts.leave('mvp')
  expect(called).toEqual(['a', 'b'])
  casts.enter('mvp')
  casts.leave('mvp')
  expect(called).toEqual(['a', 'b'])
  wait('mvp', 'c')
  expect(called).toEqual(['a', 'b', 'c'])
})
