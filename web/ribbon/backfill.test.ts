import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import type { MoodPacket } from '../../sdk/src/index.ts'
import { Backfill } from './backfill.ts'
import { Moments, type Step, stepOf } from './moments.ts'

const T0 = 1_795_349_712_000
const WINDOW_MS = 250
/** How old an answer from a cache may be. */
const CACHED_MS = 2000

interface Reply {
  /** Milliseconds until it is there. */
  takesMs: number
  cachedMs: number
  isFailure: boolean
}

/** A server that counts windows, and a viewer who hears its packets when the test says so, on one clock. */
class World {
  readonly clock = new ManualClock(T0)
  readonly moments = new Moments({ spanMs: 3_600_000 })
  readonly asked: number[] = []
  /** Of windows with reactions, and of the first of each silence. */
  readonly #packets: MoodPacket[] = []
  readonly #replies: Reply[]
  readonly #backfill: Backfill
  #heardAt = 0

  constructor({ replies, random }: { replies: Reply[]; random: number }) {
    this.#replies = [...replies]
    this.#backfill = new Backfill({
      moments: this.moments,
      ask: () => this.#ask(),
      onSteps: () => {},
      device: {
        now: () => this.clock.now() - T0,
        random: () => random,
        after: (ms, then) => this.clock.after(ms, then),
      },
    })
  }

  /** The next window passes, with `n` reactions. @returns the newest packet then, which is retained */
  async window(n: number): Promise<MoodPacket> {
    const at = this.clock.now()
    this.clock.advance(WINDOW_MS)
    const last = this.#packets.at(-1)
    if (last === undefined || n > 0 || last.n > 0)
      this.#packets.push({
        ...{ at, ms: WINDOW_MS, n, total: (last?.total ?? 0) + n },
        top: n > 0 ? [['heart', n, 1]] : [],
        sides: [['home', Math.floor(n / 2), 0]],
      })
    // What the answers of this time lead to.
    await new Promise(setImmediate)
    return this.#packets.at(-1)!
  }

  hear(packet: MoodPacket): void {
    if (packet.at <= this.#heardAt) return
    this.#heardAt = packet.at
    this.#backfill.add(packet)
  }

  /** Every reaction up to a time, in its step. */
  history(until: number): Step[] {
    const steps = new Map<number, Step>()
    for (const { at, ms, n } of this.#packets) {
      if (n === 0 || at + ms > until) continue
      const known = steps.get(stepOf(at)) ?? { n: 0, counts: { heart: 0 }, sides: { home: 0 } }
      steps.set(stepOf(at), {
        at: stepOf(at),
        n: known.n + n,
        counts: { heart: known.counts.heart! + n },
        sides: { home: known.sides.home! + Math.floor(n / 2) },
      })
    }
    return [...steps.values()]
  }

  #ask(): Promise<Step[]> {
    this.asked.push(this.clock.now())
    const { takesMs, cachedMs, isFailure } = this.#replies.shift() ?? CALM
    const steps = this.history(this.clock.now() - cachedMs)
    return new Promise((resolve, reject) =>
      this.clock.after(takesMs, () => (isFailure ? reject(new Error('not now')) : resolve(steps))),
    )
  }
}
const CALM: Reply = { takesMs: 100, cachedMs: CACHED_MS, isFailure: false }

const reply = fc.record({
  takesMs: fc.nat(10_000),
  cachedMs: fc.nat(CACHED_MS),
  isFailure: fc.boolean(),
})
/** Longer than all replies and the pauses between them. */
const SILENCE = Array<number>(1600).fill(0)

test('whatever is lost, late, cached or refused, once all is quiet the line has every reaction once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        counts: fc.array(fc.oneof(fc.constant(0), fc.nat(9)), { minLength: 1, maxLength: 160 }),
        // Windows: at which the viewer comes; whose packets are lost, or come together when the network works again.
        comes: fc.nat(80),
        gaps: fc.array(fc.record({ from: fc.nat(160), length: fc.nat(30), isLoss: fc.boolean() }), {
          maxLength: 8,
        }),
        replies: fc.array(reply, { maxLength: 6 }),
        random: fc.double({ min: 0, max: 0.99, noNaN: true }),
      }),
      async ({ counts, comes, gaps, replies, random }) => {
        const world = new World({ replies, random })
        let held: MoodPacket[] = []
        for (const [i, n] of [...counts, ...SILENCE].entries()) {
          const packet = await world.window(n)
          const now = gaps.filter(({ from, length }) => i >= from && i < from + length)
          if (i < comes || now.some(({ isLoss }) => isLoss)) held = []
          else if (now.length > 0) held.push(packet)
          else {
            for (const one of [...held, packet]) world.hear(one)
            held = []
          }
        }
        expect(world.moments.steps).toEqual(world.history(Number.POSITIVE_INFINITY))
      },
    ),
    { numRuns: 60 },
  )
})

test('who polls, and so misses most packets, asks for the history ever less often', async () => {
  const world = new World({ replies: [], random: 0.5 })
  for (let i = 0; i < 1200; i++) {
    const packet = await world.window(1)
    if (i % 10 === 0) world.hear(packet)
  }
  const pauses = world.asked.slice(1).map((at, i) => at - world.asked[i]!)
  expect(pauses.slice(0, 4).map((ms) => Math.round(ms / 1000))).toEqual([6, 12, 23, 23])
  expect(Math.min(...pauses.slice(2))).toBeGreaterThan(20_000)
})
