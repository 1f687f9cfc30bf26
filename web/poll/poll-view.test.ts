import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { PollDocument } from '../../sdk/src/votes/index.ts'
import { enPolls } from '../words/en-polls.ts'
import { Words } from '../words/words.ts'
import {
  choosePoll,
  countdown,
  doubted,
  isTie,
  type KnownPoll,
  Reconnects,
  sharesOf,
  wipedPolls,
  withDocument,
  withPacket,
} from './poll-view.ts'

test('what a wiped rehearsal had no longer is taken away, and no poll of another show', () => {
  const polls = [{ poll: 'b', question: 'Who?', state: 'open' as const }]
  expect(wipedPolls(['a', 'b'], { polls, rehearsal: true })).toEqual(['a'])
  expect(wipedPolls(['a', 'b'], { polls })).toEqual([])
})

test('packets come again after a loss by whichever transport, and once: not at the first connection, nor by a better one', () => {
  const isBack = (...states: Parameters<Reconnects['isBack']>[0][]) => {
    const reconnects = new Reconnects()
    return states.map((state) => reconnects.isBack(state))
  }
  expect(isBack('connecting', 'polling', 'live')).toEqual([false, false, false])
  expect(isBack('connecting', 'live', 'waiting', 'connecting', 'polling', 'live')).toEqual([
    ...[false, false, false, false, true, false],
  ])
  expect(isBack('polling', 'waiting', 'connecting', 'live')).toEqual([false, false, false, true])
})

const packet = (state: 'open' | 'closed' | 'revealed', ballots: number, counts?: Record<string, number>) => ({
  poll: 'mvp',
  state,
  ballots,
  version: 1,
  ...(counts && { counts }),
})
const document = (rules: Partial<PollDocument>) =>
  ({
    poll: 'mvp',
    state: 'open',
    kind: 'one',
    visibility: 'live',
    ballots: 0,
    choices: ['anna', 'ben', 'cleo'].map((choice) => ({ choice, title: choice })),
    ...rules,
  }) as PollDocument

test('a poll never goes back: news of a state that is over change nothing', () => {
  const closed = withPacket(undefined, packet('closed', 5, { anna: 5 }))
  expect(withPacket(closed, packet('open', 4))).toBe(closed)
  const stale = withDocument(closed, document({ state: 'open', ballots: 2 }))
  expect([stale.state, stale.ballots, stale.counts]).toEqual(['closed', 5, { anna: 5 }])
  expect(stale.document).toBeDefined()
})

test('a poll that opened at another time is another one, and nothing of the one before holds for it', () => {
  const rehearsed = withDocument(undefined, document({ state: 'revealed', opens: 1, counts: { anna: 5 } }))
  const next = withDocument(rehearsed, document({ state: 'open', opens: 2, question: 'Now?' }))
  expect([next.state, next.counts, next.document!.question]).toEqual(['open', undefined, 'Now?'])
  expect(withDocument(rehearsed, document({ state: 'open', opens: 1 })).state).toBe('revealed')
})

test('after a reconnect a packet takes a poll back, until its document says whether it is the same', () => {
  const sealed = doubted(withDocument(undefined, document({ state: 'sealed', opens: 1, code: 'abc' })))
  expect(sealed.doubt).toBe('unheard')
  const heard = withPacket(sealed, packet('open', 0))
  expect([heard.state, heard.doubt]).toEqual(['open', 'heard'])
  const same = withDocument(heard, document({ state: 'sealed', opens: 1 }))
  expect([same.state, same.code, same.doubt]).toEqual(['sealed', 'abc', undefined])
  expect(withPacket(same, packet('open', 0))).toBe(same)
  const other = withDocument(heard, document({ state: 'open', opens: 2 }))
  expect([other.state, other.code, other.doubt]).toEqual(['open', undefined, undefined])
  // Known by packets alone.
  const unknown = withDocument(
    doubted(withPacket(undefined, packet('revealed', 5, { anna: 5 }))),
    document({}),
  )
  expect([unknown.state, unknown.ballots, unknown.counts]).toEqual(['open', 0, undefined])
  // From a cache that is behind the packet.
  const behind = withDocument(withPacket(doubted(same), packet('closed', 1)), document({ opens: 1 }))
  expect([behind.state, behind.doubt]).toEqual(['closed', undefined])
})

test('counts that are hidden again go, and those shown to voters stay while they vote', () => {
  const live = withPacket(withDocument(undefined, document({})), packet('open', 1, { anna: 1 }))
  expect(withPacket(live, packet('open', 2)).counts).toBeUndefined()
  const voted = withDocument(undefined, document({ visibility: 'voted', counts: { ben: 1 } }))
  expect(withPacket(voted, packet('open', 2)).counts).toEqual({ ben: 1 })
})

test('an open poll that waits for the viewer comes first, then an open one, then one with a vote, then the newest', () => {
  const poll = (name: string, state: KnownPoll['state']) => ({ poll: name, state })
  const [a, b, c] = [poll('a', 'open'), poll('b', 'open'), poll('c', 'closed')]
  expect(choosePoll([a, b, c], () => false)).toBe(b)
  expect(choosePoll([a, b, c], ({ poll }) => poll === 'b')).toBe(a)
  expect(choosePoll([a, b, c], () => true)).toBe(b)
  const d = poll('d', 'sealed')
  expect(choosePoll([c, d], () => false)).toBe(d)
  expect(choosePoll([c, d], ({ poll }) => poll === 'c')).toBe(c)
  expect(choosePoll([], () => false)).toBeUndefined()
})

test('equal counts have equal percents, more votes never have fewer, and what leads together is a tie', () => {
  const of = (...numbers: number[]) => {
    const choices = numbers.map((_, i) => ({ choice: `c${i}`, title: `c${i}` }))
    const counts = Object.fromEntries(numbers.map((n, i) => [`c${i}`, n]))
    return sharesOf({ kind: 'one', choices }, { counts, ballots: numbers.reduce((sum, n) => sum + n, 0) })!
  }
  expect(of(1, 1, 1).map(({ percent }) => percent)).toEqual([33, 33, 33])
  expect(of(2, 2, 2, 1).map(({ percent }) => percent)).toEqual([28, 28, 28, 14])
  expect([of(1, 1, 1), of(3, 3, 1), of(3, 2, 1), of(0, 0)].map(isTie)).toEqual([true, true, false, false])
  fc.assert(
    fc.property(fc.array(fc.nat(30), { minLength: 2, maxLength: 12 }), (numbers) => {
      const shares = of(...numbers)
      for (const [i, n] of numbers.entries())
        for (const [j, m] of numbers.entries()) {
          if (n === m) expect(shares[i]!.percent).toBe(shares[j]!.percent)
          if (n > m) expect(shares[i]!.percent).toBeGreaterThanOrEqual(shares[j]!.percent)
        }
    }),
  )
})

test('shares of one choice sum to 100 percent but for a tie; of several each is a share of the viewers', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1e9), { minLength: 3, maxLength: 3 }), ([anna = 0, ben = 0, cleo = 0]) => {
      const counts = { anna, ben, cleo }
      const sum = anna + ben + cleo
      const shares = sharesOf(document({}), { counts, ballots: sum })!
      const percent = shares.reduce((total, { percent }) => total + percent, 0)
      expect(percent).toBeLessThanOrEqual(100)
      if (new Set([anna, ben, cleo]).size === 3) expect(percent).toBe(100)
      else expect(percent).toBeGreaterThanOrEqual(sum === 0 ? 0 : 98)
      expect(shares.some(({ leads }) => leads)).toBe(sum > 0)
    }),
  )
  const several = sharesOf(document({ kind: 'several' }), { counts: { anna: 9, ben: 3 }, ballots: 10 })!
  expect(several.map(({ percent, leads }) => [percent, leads])).toEqual([
    [90, true],
    [30, false],
    [0, false],
  ])
  expect(sharesOf(document({}), { ballots: 3 })).toBeUndefined()
  // Every object has something of this name.
  const choices = ['anna', 'constructor'].map((choice) => ({ choice, title: choice }))
  expect(
    sharesOf(document({ choices }), { counts: { anna: 3 }, ballots: 3 })!.map(({ percent }) => percent),
  ).toEqual([100, 0])
})

const { say, learn } = new Words('')
learn(enPolls)

test('a countdown says what is left, and nothing below zero', () => {
  const texts = [0, -5, 1, 7_000, 59_001, 750_000, 3_723_000, 26 * 3_600_000].map((leftMs) =>
    countdown(leftMs, say),
  )
  expect(texts).toEqual(['0:00', '0:00', '0:01', '0:07', '1:00', '12:30', '1:02:03', '1 d 2 h'])
})
