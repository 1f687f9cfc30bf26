import { afterEach, beforeEach, expect, test } from 'bun:test'
import { recountPoll } from './recount.ts'

const { Worker, origin } = globalThis

/** A browser whose workers count for ever. */
class Counting extends EventTarget {
  static ended = 0
  postMessage(): void {}
  terminate(): void {
    Counting.ended++
  }
}
beforeEach(() => void Object.assign(globalThis, { Worker: Counting, origin: 'http://roar.test' }))
afterEach(() => void Object.assign(globalThis, { Worker, origin }))

test.each(['before it begins', 'while it counts'])('a recount that is stopped %s ends', async (when) => {
  const stopping = new AbortController()
  const { ended } = Counting
  if (when === 'before it begins') stopping.abort()
  const counted = recountPoll({
    url: 'http://roar.test',
    certificate: { statement: { show: 'final', poll: 'mvp' } } as never,
    onCounted() {},
    signal: stopping.signal,
  })
  stopping.abort()
  expect(await counted).toEqual({ state: 'none', code: 'stopped' })
  expect(Counting.ended).toBe(ended + 1)
})
