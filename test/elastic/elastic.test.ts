import { afterAll, expect, test } from 'bun:test'
import { ElasticFleet } from './fleet.ts'
import { Watchers } from './watchers.ts'

const ends: (() => unknown)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(100)
}

test('of a fleet that grows from two edges to three and back no viewer misses more than its own moves', async () => {
  const rule = { target: 0.4, lagMaxS: Number.POSITIVE_INFINITY, edgesMin: 2, edgesMax: 3 }
  const fleet = await ElasticFleet.start({ ...rule, limit: 60, windowMs: 250, settleMs: 0 })
  ends.push(() => fleet.close())
  const crowd = new Watchers(fleet.url)
  ends.push(() => crowd.close())
  const come = async (viewers: number) => {
    for (let joined = 0; joined < viewers; joined++) crowd.join()
    await until(() => crowd.live() === crowd.size)
  }
  const ruled = async (edges: number) => {
    await until(async () => (await fleet.applyRule()).wanted === edges && fleet.leaving === 0)
    return fleet.size
  }
  await come(40)
  expect(await ruled(2)).toBe(2)
  await come(10)
  expect(await ruled(3)).toBe(3)
  await come(10)
  crowd.leave(40)
  expect(await ruled(2)).toBe(2)
  // Every viewer that moved must have a packet again, as a missed one only shows between two.
  const heard = crowd.heard()
  await until(() => crowd.live() === 20 && crowd.heard() > heard + 10)
  expect(crowd.close().unexplained).toBe(0)
})
