import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { RecentMap } from './recent-map.ts'

const KEYS = 40
const actions = fc.array(fc.record({ key: fc.nat(KEYS - 1), value: fc.nat() }), { maxLength: 300 })
const max = fc.integer({ min: 2, max: 30 })

test('what was set last is told, never an older value, and never more entries than the bound', () => {
  fc.assert(
    fc.property(max, actions, (max, sets) => {
      const map = new RecentMap<number, number>(max)
      const all = new Map<number, number>()
      for (const { key, value } of sets) {
        map.set(key, value)
        all.set(key, value)
        const held = Array.from({ length: KEYS }, (_, i) => i).filter((i) => map.get(i) !== undefined)
        expect(held.length).toBeLessThanOrEqual(max)
        for (const i of held) expect(map.get(i)).toBe(all.get(i))
      }
    }),
  )
})

test('the newest half of the bound is always there', () => {
  fc.assert(
    fc.property(max, actions, (max, sets) => {
      const map = new RecentMap<number, number>(max)
      const newest: number[] = []
      for (const { key, value } of sets) {
        map.set(key, value)
        newest.push(key)
        const distinct = new Set(newest.toReversed())
        // The entry that fills a half goes over with it, so one less is sure.
        for (const sure of [...distinct].slice(0, Math.floor(max / 2))) expect(map.get(sure)).toBeDefined()
      }
    }),
  )
})
