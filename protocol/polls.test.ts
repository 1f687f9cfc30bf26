import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  answerOf,
  markOf,
  type Poll,
  rankOf,
  shortCodeOf,
  stateOf,
  stepsToRoot,
  tallyKey,
  votesEndOf,
} from './polls.ts'
import { sortedJson } from './sorted-json.ts'

describe('the state of a poll follows from its times', () => {
  const states = (poll: Partial<Poll>, ...at: number[]) => at.map((now) => stateOf(poll, now))

  test('open from the first millisecond up to, not with, the end', () => {
    expect(states({ opens: 10, closes: 20 }, 9, 10, 19, 20)).toEqual(['draft', 'open', 'open', 'closed'])
    expect(states({}, 0, 1e15)).toEqual(['draft', 'draft'])
    expect(states({ opens: 10 }, 9, 10, 1e15)).toEqual(['draft', 'open', 'open'])
  })

  test('revealed by hand or by the schedule, the hand first', () => {
    expect(states({ opens: 10, closes: 20, reveals: 30 }, 29, 30)).toEqual(['closed', 'revealed'])
    expect(states({ opens: 10, closes: 20, revealed: 30 }, 29, 30)).toEqual(['closed', 'revealed'])
    expect(states({ opens: 10, closes: 20, reveals: 30, revealed: 25 }, 24, 25)).toEqual([
      'closed',
      'revealed',
    ])
  })

  test('a seal in the future is not a seal yet', () => {
    expect(states({ opens: 10, closes: 20, revealed: 25, sealed: 40 }, 39, 40)).toEqual([
      'revealed',
      'sealed',
    ])
  })
})

test('late votes are accepted until the grace is over or the counts can be known, and never before the end', () => {
  expect(votesEndOf({ closes: 100, graceMs: 50 })).toBe(150)
  expect(votesEndOf({ closes: 100, graceMs: 50, reveals: 120 })).toBe(120)
  expect(votesEndOf({ closes: 100, graceMs: 50, reveals: 120, revealed: 130 })).toBe(130)
  expect(votesEndOf({ closes: 100, graceMs: 50, revealed: 90 })).toBe(100)
  expect(votesEndOf({ graceMs: 50 })).toBe(Number.POSITIVE_INFINITY)
})

test('marks and keys of tallies', () => {
  expect(markOf({ late: false, quarantined: false })).toBe('')
  expect(markOf({ late: true, quarantined: false })).toBe('late')
  expect(markOf({ late: false, quarantined: true })).toBe('quarantined')
  expect(markOf({ late: true, quarantined: true })).toBe('late quarantined')
  expect(tallyKey({ show: 'a', poll: 'b', segment: 'c', choice: 'd', mark: 'late' })).toBe('a/b/c/d/late')
  expect(answerOf({ choice: ['anna', 'ben'], points: [7, 3] })).toBe('anna=7,ben=3')
})

test('sorted JSON is that of RFC 8785, for what a statement is made of', () => {
  expect(sortedJson({ b: [1, 'x', null, [true, {}]], a: { d: '"\n', c: undefined }, A: -1 })).toBe(
    '{"A":-1,"a":{"d":"\\"\\n"},"b":[1,"x",null,[true,{}]]}',
  )
  expect(sortedJson({ aa: 1, a: 2, ab: 3 })).toBe('{"a":2,"aa":1,"ab":3}')
  expect([sortedJson(7), sortedJson('x'), sortedJson(null), sortedJson([])]).toEqual([
    '7',
    '"x"',
    'null',
    '[]',
  ])
})

describe('the path to the root, RFC 9162 section 2.1.3.2', () => {
  const sides = (index: number, size: number, length: number) =>
    stepsToRoot({ index, size, path: Array.from({ length }, (_, i) => `p${i}`) })
      ?.map(({ sibling, left }) => `${sibling}${left ? '<' : '>'}`)
      .join(' ')

  test('for every leaf of a tree of seven, as the picture in the RFC has it', () => {
    expect(Array.from({ length: 7 }, (_, index) => sides(index, 7, index === 6 ? 2 : 3))).toEqual([
      'p0> p1> p2>',
      'p0< p1> p2>',
      'p0> p1< p2>',
      'p0< p1< p2>',
      'p0> p1> p2<',
      'p0< p1> p2<',
      'p0< p1<',
    ])
  })

  test('a tree of one leaf has no step, and paths of another length are none', () => {
    expect(stepsToRoot({ index: 0, size: 1, path: [] })).toEqual([])
    expect(sides(0, 1, 1)).toBeUndefined()
    for (const length of [0, 1, 2, 4]) expect(sides(0, 7, length)).toBeUndefined()
    for (const length of [0, 1, 3]) expect(sides(6, 7, length)).toBeUndefined()
    expect(sides(8, 9, 1)).toBe('p0<')
    expect(sides(8, 9, 4)).toBeUndefined()
    // Two levels up at once, twice: 22 leaves are the tree of 16, that of 4 and that of 2.
    expect(sides(20, 22, 3)).toBe('p0> p1< p2<')
  })

  test('what is no place in a tree has no path', () => {
    for (const [index, size] of [
      [-1, 4],
      [4, 4],
      [0, 0],
      [0.5, 4],
      [0, 4.5],
      [Number.NaN, 4],
      [0, 2 ** 53],
    ] as const)
      expect(sides(index, size, 2)).toBeUndefined()
  })
})

test('a short code is the first forty bits, five to a character of Crockford’s', () => {
  expect(shortCodeOf(new Uint8Array(32))).toBe('00000000')
  expect(shortCodeOf(new Uint8Array(32).fill(255))).toBe('zzzzzzzz')
  // 00001 00010 … 01000: the values 1 to 8.
  expect(shortCodeOf(Uint8Array.fromHex('0886429 8e8'.replace(' ', '')))).toBe('12345678')
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (hash) => {
      const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('')
      const values = bits
        .slice(0, 40)
        .match(/.{5}/g)!
        .map((five) => Number.parseInt(five, 2))
      expect(shortCodeOf(hash)).toBe(
        values.map((value) => '0123456789abcdefghjkmnpqrstvwxyz'[value]).join(''),
      )
    }),
  )
})

test('a poll goes through its states in one order, from a draft on', () => {
  expect((['draft', 'open', 'closed', 'revealed', 'sealed'] as const).map(rankOf)).toEqual([0, 1, 2, 3, 4])
})

test('a poll is never less than what it was seen to be, whatever the clock says', () => {
  const times = { opens: 1000, closes: 2000 }
  expect(stateOf({ ...times, reached: 'closed' }, 1500)).toBe('closed')
  expect(stateOf({ ...times, reached: 'open' }, 1500)).toBe('open')
  expect(stateOf({ ...times, reached: 'open' }, 2500)).toBe('closed')
  expect(stateOf(times, 500)).toBe('draft')
})
