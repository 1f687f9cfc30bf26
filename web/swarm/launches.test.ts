import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { drawOfOthers, launchesOf } from './launches.ts'

const MS = 250
const half = () => 0.5
const options = { ms: MS, room: 120, random: half }

describe('what the swarm makes of a packet', () => {
  test('as many rise as the packet says', () => {
    const launches = launchesOf(
      [
        { sprite: 0, draw: 7 },
        { sprite: 4, draw: 2 },
      ],
      options,
    )
    expect(launches.map(({ sprite }) => sprite)).toEqual([...Array(7).fill(0), ...Array(2).fill(4)])
  })

  test('a tap of my own that comes back alone draws nothing', () => {
    expect(drawOfOthers(['six', 3, 3], 3)).toBe(0)
    expect(launchesOf([{ sprite: 0, draw: 0 }], options)).toEqual([])
  })

  test('of a crowd only my share is left out', () => {
    expect(drawOfOthers(['six', 4, 4], 2)).toBe(2)
    expect(Math.round(drawOfOthers(['six', 1000, 15], 2))).toBe(15)
  })

  test('they are spread over the whole window, whatever the dice say', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (draw, dice) => {
          const random = () => dice.next().value as number
          const delays = launchesOf([{ sprite: 0, draw }], { ms: MS, room: 120, random })
            .map(({ delayMs }) => delayMs)
            .sort((a, b) => a - b)
          const slotMs = MS / delays.length
          for (const [i, delayMs] of delays.entries()) {
            expect(delayMs).toBeGreaterThanOrEqual(i * slotMs - 1e-6)
            expect(delayMs).toBeLessThan((i + 1) * slotMs + 1e-6)
          }
        },
      ),
    )
  })

  test('where there is less room every sticker gives up its share, and the room is never exceeded', () => {
    const wanted = [
      { sprite: 0, draw: 20 },
      { sprite: 1, draw: 20 },
    ]
    const launches = launchesOf(wanted, { ms: MS, room: 10, random: half })
    expect(launches.filter(({ sprite }) => sprite === 0)).toHaveLength(5)
    expect(launches.filter(({ sprite }) => sprite === 1)).toHaveLength(5)
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (room, dice) => {
        const drawn = launchesOf(wanted, { ms: MS, room, random: () => dice })
        expect(drawn.length).toBeLessThanOrEqual(room)
      }),
    )
  })
})
