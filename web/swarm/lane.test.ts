import { expect, test } from 'bun:test'
import { laneOver } from './lane.ts'

test('the lane is the right third of a picture, all its height', () => {
  const lane = laneOver({ left: 100, top: 50, width: 900, height: 500 })
  expect(lane.left).toBeCloseTo(694)
  expect(lane.left + lane.width).toBeLessThan(1000)
  expect([lane.top, lane.height]).toEqual([50, 500])
})

test('over a flat element the lane reaches up', () => {
  const lane = laneOver({ left: 0, top: 600, width: 300, height: 80 })
  expect(lane.top + lane.height).toBe(680)
  expect(lane.height).toBe(180)
})
