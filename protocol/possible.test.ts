import { expect, test } from 'bun:test'
import type { CertificateStatement } from './polls.ts'
import { type Asked, impossible, impossibleBallot } from './possible.ts'

const hash = 'h'.repeat(43)
const good: CertificateStatement = {
  ...{ show: 'final', poll: 'mvp', question: 'Who?', paper: hash, rules: hash, root: hash },
  trail: { entries: 2, hash },
  kind: 'one',
  opens: 1000,
  closes: 2000,
  sealed: 2000,
  ballots: 6,
  viewers: 5,
  result: { anna: 3, ben: 2 },
  segments: {
    home: { viewers: 2, result: { anna: 1, ben: 1 } },
    away: { viewers: 2, result: { anna: 2, ben: 0 } },
  },
  late: { viewers: 1, counted: true },
  quarantined: { viewers: -1, counted: false },
}

test('a certificate that can be is let be, of every kind', () => {
  expect(impossible(good)).toBeUndefined()
  expect(impossible({ ...good, kind: 'several', result: { anna: 5, ben: 4 } })).toBeUndefined()
  expect(impossible({ ...good, kind: 'points', result: { anna: 50, ben: 4 } })).toBeUndefined()
  const silent = { viewers: 5, result: { anna: 3, ben: 1, cleo: 1 } }
  const one = {
    home: { viewers: 2, result: { anna: 2 } },
    away: { viewers: 2, result: { anna: 1, cleo: 1 } },
  }
  expect(impossible({ ...good, ...silent, segments: one })).toBeUndefined()
  const none = { viewers: 0, counted: true }
  const empty = { ballots: 0, viewers: 0, result: { anna: 0 }, segments: {}, late: none, quarantined: none }
  expect(impossible({ ...good, ...empty })).toBeUndefined()
})

const home = good.segments.home!
const cases: [string, Partial<CertificateStatement>][] = [
  ['more viewers than ballots', { ballots: 4 }],
  ['more answers than viewers, where each has one', { result: { anna: 300, ben: 0 } }],
  ['fewer answers than viewers', { kind: 'points', result: { anna: 1, ben: 1 } }],
  ['a choice that more have made than there are', { kind: 'several', result: { anna: 6, ben: 0 } }],
  ['counts below 0', { result: { anna: 6, ben: -1 } }],
  ['counts that are not whole', { result: { anna: 2.5, ben: 2.5 } }],
  ['counts beyond what a number holds', { viewers: 2 ** 60, ballots: 2 ** 60, result: { anna: 2 ** 60 } }],
  [
    'segments with more viewers than all',
    { segments: { home: { viewers: 6, result: { anna: 3, ben: 3 } } } },
  ],
  [
    'segments with more for a choice than all',
    { segments: { home, a: home, b: { viewers: 1, result: { anna: 0, ben: 1 } } } },
  ],
  [
    'segments with more for a choice than all, where one says nothing of it',
    {
      result: { anna: 4, constructor: 1 },
      segments: {
        home: { viewers: 2, result: { anna: 2 } },
        away: { viewers: 2, result: { constructor: 2 } },
      },
    },
  ],
  ['a segment that does not add up', { segments: { home: { ...home, viewers: 1 } } }],
  ['a seal before the end', { sealed: 1999 }],
  ['an end before the beginning', { closes: 1000 }],
  ['another kind', { kind: 'ranked' as never }],
  ['late viewers who count by a text', { late: { viewers: 1, counted: 'no' as never } }],
  ['quarantined viewers who count by nothing', { quarantined: { viewers: 1 } as never }],
  ['more late viewers than ballots', { late: { viewers: 7, counted: true } }],
]
for (const [what, forged] of cases) {
  test(`there is no certificate with ${what}`, () => {
    expect(impossible({ ...good, ...forged })).toBeString()
  })
}

for (const [field, forged] of [
  ...Object.keys(good).map((field) => [field, undefined]),
  ...['show', 'poll', 'paper', 'rules', 'root', 'question'].map((field) => [field, [good[field as 'show']]]),
  ...['result', 'segments', 'trail', 'late', 'quarantined'].flatMap((field) =>
    [null, true, '', []].map((none) => [field, none]),
  ),
  ...[{ home: null }, { home: { viewers: 0 } }, { 'at home': good.segments.home }].map((s) => [
    'segments',
    s,
  ]),
  ...[{ entries: '2', hash }, { entries: 2 }].map((trail) => ['trail', trail]),
  ['result', { anna: '3', ben: 2 }],
] as [string, unknown][])
  test(`there is no certificate whose ${field} is ${JSON.stringify(forged)}`, () => {
    expect(impossible({ ...good, [field]: forged })).toBeString()
  })

test('each rule says what is wrong by itself, and not another for it', () => {
  const why = (forged: Partial<CertificateStatement>) => impossible({ ...good, segments: {}, ...forged })
  const notWhole = 'a number is not whole, or below 0'
  expect(why({ opens: -1 })).toBe(notWhole)
  expect(why({ sealed: 2000.5 })).toBe(notWhole)
  expect(why({ kind: 'several', result: { anna: 5, ben: -0.5 } })).toBe(notWhole)
  expect(why({ viewers: 7 })).toBe('it has 7 viewers but 6 ballots')
  expect(why({ sealed: 1999 })).toBe('it was not opened, closed and sealed in this order')
  for (const viewers of [7, -7, 0.5])
    expect(why({ quarantined: { viewers, counted: true } })).toBe('it has more marked viewers than ballots')
  for (const viewers of [6, -6]) expect(why({ late: { viewers, counted: true } })).toBeUndefined()
  expect(why({ result: { anna: 3, ben: 3 } })).toBe('5 viewers with one choice each gave 6 answers')
  expect(why({ kind: 'several', result: { anna: 2, ben: 2 } })).toBe('5 viewers gave 4 answers')
  expect(why({ kind: 'several', result: { anna: 6, ben: 0 } })).toBe(
    'a choice has more answers than there are viewers',
  )
  const part = (viewers: number, anna: number, ben: number) => ({ viewers, result: { anna, ben } })
  expect(why({ kind: 'points', segments: { home: part(1, -1, 2) } })).toBe(notWhole)
  expect(why({ kind: 'points', segments: { home: part(0.5, 1, 1) } })).toBe(notWhole)
  expect(why({ segments: { home: part(3, 3, 0), away: part(3, 0, 3) } })).toBe(
    'its segments have more viewers than all of it',
  )
  expect(why({ segments: { home: part(3, 0, 3), away: part(2, 2, 0) } })).toBe(
    'ben has more in the segments than in all of it',
  )
})

test('a ballot can be in the result if it came between opening and seal, late by its mark after the end, and answers the poll', () => {
  const statement = { ...good, sealed: 3000 }
  const ballot = { choice: ['anna'], points: [1], at: 1500, late: false, ordinal: 1 }
  const why = (more: Partial<typeof ballot>, kind: CertificateStatement['kind'] = 'one', asked?: Asked) =>
    impossibleBallot({ ...ballot, ...more }, { ...statement, kind }, asked)
  for (const at of [1000, 1999]) expect(why({ at })).toBeUndefined()
  for (const at of [2000, 2999]) expect(why({ at, late: true })).toBeUndefined()
  for (const at of [999, 3000]) expect(why({ at, late: true })).toContain('before the poll opened')
  expect(why({ at: 2000 })).toContain('is not marked late')
  // Whoever changes a late answer keeps its mark.
  expect(why({ late: true, ordinal: 2 })).toBeUndefined()
  const [two, nine] = [{ choice: ['anna', 'ben'], points: [1, 1] }, { points: [9] }]
  expect([why(two), why(nine), why(nine, 'several')]).toEqual(Array(3).fill(expect.stringContaining('kind')))
  expect([why(two, 'several'), why(nine, 'points')]).toEqual([undefined, undefined])
  const asked = { choices: new Set(['anna', 'ben']), max: 2, change: true }
  expect([why(two, 'several', asked), why(two, 'points', asked), why({ ordinal: 2 }, 'one', asked)]).toEqual(
    Array(3).fill(undefined),
  )
  for (const [more, kind] of [
    [{ choice: ['eve'] }, 'one'],
    [{ points: [3] }, 'points'],
    [{ choice: ['anna', 'ben', 'cleo'], points: [1, 1, 1] }, 'several'],
  ] as const)
    expect(why({ choice: [], points: [], ...more } as never, kind, asked)).toBe('is no answer to this poll')
  expect(why(two, 'several', { ...asked, max: 1 })).toBe('is no answer to this poll')
  expect(why({ ordinal: 2 }, 'one', { ...asked, change: false })).toContain('the poll allows none')
})
