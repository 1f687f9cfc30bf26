import { expect, test } from 'bun:test'
import { FramePace } from './frame-pace.ts'

/** How many frames are drawn per second on a screen with this refresh rate. */
function drawn(hertz: number, isSlow: boolean): number {
  const pace = new FramePace()
  pace.isSlow = isSlow
  return Array.from({ length: hertz }, (_, i) => pace.take((i * 1000) / hertz)).filter(Boolean).length
}

test.each([
  [60, 60, 30],
  [90, 90, 30],
  [120, 60, 40],
])('of %d frames a second %d are drawn, on a slow device %d', (hertz, usual, slow) => {
  expect(drawn(hertz, false)).toBe(usual)
  expect(drawn(hertz, true)).toBe(slow)
})
