import { expect, test } from 'bun:test'
import { type Evidence, verdictOf } from './verdict.ts'

const counts = {
  listening: 10,
  delivered: 100,
  gaps: 0,
  late: 0,
  repeated: 0,
  conflicts: 0,
  unreadable: 0,
  missedAway: 0,
  closes: 0,
  failed: 0,
  turnedAway: 0,
}

const evidence = (counted: number, change: Partial<Evidence> = {}): Evidence => ({
  accepted: 300_000,
  unanswered: 0,
  acceptedBySticker: new Map(),
  unansweredBySticker: new Map(),
  sums: { byTotal: counted, byN: counted, packets: 10, breaks: [], bySticker: undefined, sampled: false },
  strangers: 0,
  counts,
  viewers: 10,
  rate: 5000,
  windowMs: 250,
  tapP99Ms: 200,
  limits: {},
  ...change,
})

test('one tap too few or too many is a fault', () => {
  expect(verdictOf(evidence(300_000)).ok).toBe(true)
  expect(verdictOf(evidence(299_999)).ok).toBe(false)
  expect(verdictOf(evidence(300_001)).ok).toBe(false)
})

test('a loss is said as a number and as a time', () => {
  expect(verdictOf(evidence(298_766)).faults).toEqual([
    'Lost 1,234 of 300,000 accepted taps = about one window of 250 ms at 5,000/s.',
  ])
  expect(verdictOf(evidence(200_000)).faults).toEqual([
    'Lost 100,000 of 300,000 accepted taps = what comes in 20.0 s at 5,000/s (a window is 250 ms).',
  ])
})

test('taps without an answer make the expected count an interval, both ends included', () => {
  const change = { unanswered: 50 }
  expect(verdictOf(evidence(300_000, change)).ok).toBe(true)
  expect(verdictOf(evidence(300_050, change)).ok).toBe(true)
  expect(verdictOf(evidence(299_999, change)).ok).toBe(false)
  expect(verdictOf(evidence(300_051, change)).ok).toBe(false)
})

test('with nobody listening at the end it says that it cannot know', () => {
  const { faults } = verdictOf(evidence(290_000, { counts: { ...counts, listening: 0 } }))
  expect(faults[0]).toBe(
    'Not connected at the end: 10 of 10 viewers, so what was counted since the last packet is not known.',
  )
})

test('a total that fell back is a fault, packets that nobody could see are not', () => {
  const sums = evidence(300_000).sums
  const fell = { sums: { ...sums, breaks: [{ at: 0, by: -700, unseen: true }] } }
  expect(verdictOf(evidence(300_000, fell)).faults[0]).toMatch(/^The total fell back by 700/)
  const unseen = { sums: { ...sums, breaks: [{ at: 0, by: 700, unseen: true }] } }
  expect(verdictOf(evidence(300_000, unseen))).toMatchObject({
    ok: true,
    notes: [expect.stringMatching(/^Packets with 700 taps went by/)],
  })
  const seen = { sums: { ...sums, breaks: [{ at: 0, by: 700, unseen: false }] } }
  expect(verdictOf(evidence(300_000, seen)).ok).toBe(false)
})

test('a run that is slower than allowed is a fault, and so is one in which nothing was timed', () => {
  const faults = (tapP99Ms: number | undefined) =>
    verdictOf(evidence(300_000, { tapP99Ms, limits: { p99Ms: 300 } })).faults
  expect(faults(300)).toEqual([])
  expect(faults(301)).toEqual(['Tap to packet took 301 ms at p99: 300 ms were allowed.'])
  expect(faults(undefined)).toEqual([
    'No tap was timed, so whether p99 is within 300 ms is not known: tap more, by --rate or --seconds.',
  ])
})

test('as many packets may be missed as were allowed, and none where nothing is said', () => {
  const missed = (gaps: number, lost?: number) =>
    verdictOf(evidence(300_000, { counts: { ...counts, gaps }, limits: { lost } }))
  expect(missed(1).ok).toBe(false)
  expect(missed(3, 3)).toMatchObject({ ok: true, notes: [expect.stringContaining('allowed: 3')] })
  expect(missed(4, 3).faults).toEqual([
    '4 packets did not reach a connected viewer (104 expected, 3 allowed).',
  ])
})
