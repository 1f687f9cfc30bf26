import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { isId } from '../protocol/ids.ts'
import { DEMO_SHOW } from './demo-show.ts'
import { crowdAt, eventAt, isBall, MATCH, MATCH_MS, matchClock } from './match.ts'

const stickers = new Set(DEMO_SHOW.stickers.map(({ sticker }) => sticker))
const firstOf = (kind: string) => MATCH.find((event) => event.kind === kind)!

describe('the scripted final', () => {
  test('events follow each other without a gap and fill the loop', () => {
    expect(MATCH[0]!.startMs).toBe(0)
    expect(MATCH.at(-1)!.endMs).toBe(MATCH_MS)
    for (const [index, event] of MATCH.entries()) {
      expect(event.startMs).toBe(MATCH[index - 1]?.endMs ?? 0)
      expect(event.startMs).toBeLessThan(event.impactMs)
      expect(event.impactMs).toBeLessThan(event.endMs)
    }
  })

  test('the cup stays long enough to be seen', () => {
    const cup = firstOf('cup')
    expect(cup.endMs - cup.startMs).toBeGreaterThan(15_000)
  })

  test('the score adds up: 44 runs from 24 balls, decided by the last one', () => {
    const { before } = MATCH[0]!
    const { after } = MATCH.at(-1)!
    const balls = MATCH.filter(({ kind }) => isBall(kind))
    expect(balls).toHaveLength(24)
    expect(after.balls - before.balls).toBe(24)
    expect(before.target - before.runs).toBe(44)
    expect(after.runs).toBeGreaterThanOrEqual(after.target)
    expect(balls.at(-1)!.before.runs).toBeLessThan(after.target)
    expect(after.wickets).toBeLessThan(10)
  })

  test('every over has six balls', () => {
    for (const event of MATCH) {
      expect(event.after.over.length).toBeLessThanOrEqual(6)
      if (event.kind === 'over' || event.kind === 'last-over') expect(event.before.over).toHaveLength(6)
    }
  })

  test('each event is found at any time within it, in every loop', () => {
    fc.assert(
      fc.property(fc.nat({ max: MATCH_MS - 1 }), fc.nat({ max: 5_000_000 }), (at, loop) => {
        const event = eventAt(loop * MATCH_MS + at)
        expect(event.startMs).toBeLessThanOrEqual(at)
        expect(event.endMs).toBeGreaterThan(at)
      }),
    )
    expect(matchClock(-1)).toBe(MATCH_MS - 1)
  })
})

describe('the stands', () => {
  test('are always between silent and their loudest, with weights of known stickers that add up to 1', () => {
    for (let at = 0; at < MATCH_MS; at += 100) {
      const crowd = crowdAt(at)
      expect(crowd.loudness).toBeGreaterThan(0)
      expect(crowd.loudness).toBeLessThanOrEqual(1)
      expect(crowd.home).toBeGreaterThan(0)
      expect(crowd.home).toBeLessThan(1)
      expect(crowd.stickers.reduce((sum, [, weight]) => sum + weight, 0)).toBeCloseTo(1)
      for (const [sticker] of crowd.stickers) expect(stickers.has(sticker)).toBe(true)
    }
  })

  test('roar after a six from the home end, and after a wicket from the away end', () => {
    const six = crowdAt(firstOf('six').impactMs + 800)
    expect(six.loudness).toBeGreaterThan(0.8)
    expect(six.home).toBeGreaterThan(0.7)
    expect(six.stickers[0]![0]).toBe('six')
    const wicket = crowdAt(firstOf('wicket').impactMs + 800)
    expect(wicket.loudness).toBeGreaterThan(0.7)
    expect(wicket.home).toBeLessThan(0.3)
    expect(wicket.stickers[0]![0]).toBe('wicket')
  })

  test('do not know the ball before it is hit', () => {
    const six = firstOf('six')
    expect(crowdAt(six.impactMs).loudness).toBeLessThan(0.2)
  })

  test('answer a run once they are louder than their murmur, and not while they are as loud', () => {
    const { impactMs } = firstOf('run')
    expect([475, 476].map((ms) => crowdAt(impactMs + ms).home)).toEqual([0.5, 0.6])
  })

  test('have quiet phases, a third of the time at least', () => {
    let quiet = 0
    for (let at = 0; at < MATCH_MS; at += 1_000) if (crowdAt(at).loudness < 0.2) quiet++
    expect(quiet).toBeGreaterThan(MATCH_MS / 3_000)
  })
})

describe('the demo show', () => {
  test('has eight stickers, heart and six among them, and two sides', () => {
    expect(stickers.size).toBe(8)
    expect(stickers.has('heart') && stickers.has('six')).toBe(true)
    expect(DEMO_SHOW.segments.map(({ segment }) => segment)).toEqual(['home', 'away'])
    expect([...stickers].every(isId)).toBe(true)
    for (const { emoji, image } of DEMO_SHOW.stickers) expect(emoji === undefined).toBe(image !== undefined)
  })
})

test('the final plays as it was written: benches compare crowds of the shape match, so it is the same crowd', () => {
  const played = new Bun.CryptoHasher('sha256')
  const withoutWords = (name: string, value: unknown) =>
    ['text', 'title'].includes(name) ? undefined : value
  played.update(JSON.stringify(MATCH, withoutWords))
  for (let at = -1000; at < MATCH_MS; at += 250) {
    const { loudness, home, stickers } = crowdAt(at)
    // Exponentials differ in their last digits from one machine to another.
    played.update(
      JSON.stringify([loudness.toFixed(9), home, stickers.map(([id, weight]) => [id, weight.toFixed(9)])]),
    )
  }
  expect(played.digest('hex')).toBe('818470cbf08a50436fe771fc953f02c0617ffbe77a954c8612b7cb2ee199b2c1')
})

test('an event is on from its first millisecond, and the one before up to it', () => {
  for (const [i, event] of MATCH.entries()) {
    expect(eventAt(event.startMs)).toBe(event)
    if (i > 0) expect(eventAt(event.startMs - 1)).toBe(MATCH[i - 1]!)
  }
  expect(eventAt(MATCH_MS)).toBe(MATCH[0]!)
  expect(eventAt(-1)).toBe(MATCH.at(-1)!)
})
