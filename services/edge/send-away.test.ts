import { expect, test } from 'bun:test'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { CLOSE, comeAgainMs } from '../../protocol/close-codes.ts'
import { hubRig, MemoryTransport } from '../../test/edge/hub-rig.ts'
import { sendAway } from './send-away.ts'

function crowd(viewers: number, drainMs: number, backInS = 0) {
  const { hub, connected } = hubRig({ limits: { drainMs } })
  const all = Array.from({ length: viewers }, () => connected())
  const clock = new ManualClock(0)
  let done = false
  void sendAway(hub, { clock, backInS }).then(() => {
    done = true
  })
  return {
    left: () => hub.context.members.size,
    done: () => done,
    goodbyes: () =>
      all.map(({ closedWith }) => ({
        code: closedWith?.code,
        comeAgainMs: comeAgainMs(closedWith?.reason ?? ''),
      })),
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 10) {
        clock.advance(10)
        await Promise.resolve()
        await Promise.resolve()
      }
      await Promise.resolve()
    },
  }
}

test('where nobody else takes the crowd it leaves at once, and is told when to come again', async () => {
  const { done, pass, goodbyes } = crowd(3_000, 60_000, 2)
  await pass(50)
  expect(done()).toBe(true)
  expect(goodbyes()).toEqual(Array(3_000).fill({ code: CLOSE.goingAway, comeAgainMs: 2_000 }))
})

test('a crowd leaves evenly over the time that a stop may take', async () => {
  const { left, done, pass } = crowd(3_000, 60_000)
  const seen: number[] = []
  for (let i = 0; i < 6; i++) {
    seen.push(left())
    await pass(9_000)
  }
  for (const [i, viewers] of seen.entries()) expect(Math.abs(viewers - (3_000 - i * 500))).toBeLessThan(300)
  await pass(1_000)
  expect([left(), done()]).toEqual([0, true])
})

test('a few leave at once', async () => {
  const { left, done, pass } = crowd(80, 60_000)
  await pass(0)
  expect([left(), done()]).toEqual([0, true])
})

test('everybody is told', () => {
  const { hub, connected } = hubRig()
  const viewers = [connected(4), connected(5)]
  void sendAway(hub, { clock: new ManualClock(0), backInS: 0 })
  expect(viewers.map(({ closedWith }) => closedWith?.code)).toEqual([CLOSE.goingAway, CLOSE.goingAway])
  expect(viewers[1]!.heard()).toEqual(['disconnect 139'])
})

test('a stop takes no longer than it may, however many come meanwhile and say nothing', async () => {
  const { hub, connected } = hubRig({ limits: { drainMs: 10_000 } })
  for (let i = 0; i < 200; i++) connected()
  hub.context.draining = true
  const clock = new ManualClock(0)
  let done = false
  void sendAway(hub, { clock, backInS: 0 }).then(() => {
    done = true
  })
  for (let ms = 0; ms < 10_000; ms += 10) {
    hub.connect(new MemoryTransport(hub.context.limits))
    clock.advance(10)
    await Promise.resolve()
    await Promise.resolve()
  }
  expect([done, hub.context.members.size]).toEqual([true, hub.context.turnedAway])
})
