import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isTopicFilter, isTopicName, topicMatcher } from './topic-filter.ts'

/** The examples of section 4.7, and the corners around them. */
test.each([
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/tennis/player1/#', 'sport/tennis/player12', false],
  ['sport/#', 'sport', true],
  ['#', 'any/thing', true],
  ['#', '/', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+/+', '/finance', true],
  ['/+', '/finance', true],
  ['+', '/finance', false],
  ['+/tennis/#', 'sport/tennis', true],
  ['#', '$SYS/monitor', false],
  ['+/monitor/Clients', '$SYS/monitor/Clients', false],
  ['$SYS/#', '$SYS/monitor', true],
  ['$SYS/monitor/+', '$SYS/monitor/Clients', true],
  ['ACCOUNTS', 'Accounts', false],
  ['a/b', 'a/b', true],
])('%s asked of %s: %p', (filter, topic, expected) => {
  expect(topicMatcher(filter)(topic)).toBe(expected)
})

test.each(['', 'sport#', 'sport/#/ranking', 'sport+', '+sport/a', '#/a', 'a\0b'])(
  '%j is not a filter',
  (filter) => {
    expect(isTopicFilter(filter)).toBe(false)
  },
)

test.each(['#', '+', '/', '+/+', 'a//b', 'roar/final/#', ' ', '+/tennis/#'])('%j is a filter', (filter) => {
  expect(isTopicFilter(filter)).toBe(true)
})

test('a topic name has a character, no wildcard and no U+0000', () => {
  expect(['', 'a/#', 'a/+', 'a\0', 'a', '/', 'roar/final/mood'].map(isTopicName)).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
    true,
  ])
})

test('a filter made by opening levels of a topic matches that topic', () => {
  const level = fc.constantFrom('a', 'b', '', 'mood')
  fc.assert(
    fc.property(
      fc.array(level, { minLength: 1, maxLength: 5 }),
      fc.array(fc.boolean()),
      fc.nat(6),
      (levels, open, cut) => {
        const filter = levels.map((name, i) => (open[i] ? '+' : name))
        expect(topicMatcher(filter.join('/'))(levels.join('/'))).toBe(true)
        if (cut <= filter.length)
          expect(topicMatcher([...filter.slice(0, cut), '#'].join('/'))(levels.join('/'))).toBe(true)
      },
    ),
  )
})

test('every level of a filter counts, the first too', () => {
  const matches = topicMatcher('a/+/c')
  expect([matches('a/b/c'), matches('b/b/c'), matches('a/b/d'), matches('a/b')]).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect([topicMatcher('a/#')('a/b/c'), topicMatcher('a/#')('b/b/c')]).toEqual([true, false])
})
