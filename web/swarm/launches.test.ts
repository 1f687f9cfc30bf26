import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { MoodPacket, TopEntry } from '../../sdk/src/index.ts'
import { launchesOf } from './launches.ts'

const packet = (...top: TopEntry[]): MoodPacket => ({
  at: 0,
  ms: 250,
  n: top.reduce((sum, [, count]) => sum + count, 0),
  total: 0,
  top,
})
const nobody = () => 0
const half = () => 0.5

describe('what the swarm makes of a packet', () => {
  test('as many rise as the packet says', () => {
    const launches = launchesOf(packet(['heart', 900, 7], ['six', 200, 2]), {
      takeOwn: nobody,
      room: 120,
      random: half,
    })
    expect(launches.map(({ sticker }) => sticker)).toEqual([
      ...Array(7).fill('heart'),
      ...Array(2).fill('six'),
    ])
  })

  test('a tap of my own that comes back alone draws nothing', () => {
    const launches = launchesOf(packet(['six', 3, 3]), { takeOwn: () => 3, room: 120, random: half })
    expect(launches).toEqual([])
  })

  test('of a crowd only my share is left out', () => {
    const options = { takeOwn: () => 2, room: 120, random: half }
    expect(launchesOf(packet(['six', 4, 4]), options)).toHaveLength(2)
    expect(launchesOf(packet(['six', 1000, 15]), options)).toHaveLength(15)
  })

  test('they are spread over the whole window, whatever the dice say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (draw, dice) => {
          const random = () => dice.next().value as number
          const delays = launchesOf(packet(['six', 1000, draw]), { takeOwn: nobody, room: 120, random })
            .map(({ delayMs }) => delayMs)
            .sort((a, b) => a - b)
          const slotMs = 250 / delays.length
          for (const [i, delayMs] of delays.entries()) {
            expect(delayMs).toBeGreaterThanOrEqual(i * slotMs - 1e-6)
            expect(delayMs).toBeLessThan((i + 1) * slotMs + 1e-6)
          }
        },
      ),
    )
  })

  test('where there is less room every sticker gives up its share, and the room is never exceeded', () => {
    const top: TopEntry[] = [
      ['heart', 500, 20],
      ['six', 500, 20],
    ]
    const launches = launchesOf(packet(...top), { takeOwn: nobody, room: 10, random: half })
    expect(launches.filter(({ sticker }) => sticker === 'heart')).toHaveLength(5)
    expect(launches.filter(({ sticker }) => sticker === 'six')).toHaveLength(5)
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (room, dice) => {
        const drawn = launchesOf(packet(...top), { takeOwn: nobody, room, random: () => dice })
        expect(drawn.length).toBeLessThanOrEqual(room)
      }),
    )
  })
})
