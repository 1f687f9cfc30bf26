import { expect, test } from 'bun:test'
import pino from 'pino'
import { ManualClock } from '../../adapters/clock/clock-manual.ts'
import { createPoll, openPoll, sealPoll } from '../../engine/polls/life.ts'
import { RULES as TWO } from '../../engine/polls/rules-fixture.ts'
import { Tally } from '../../engine/polls/tally.ts'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { keepHeads } from './head-keeper.ts'
import { HEAD_EVERY_MS } from './heads.ts'

const NOW = 1_795_349_712_000
const RULES = { ...TWO, choices: [{ choice: 'anna', title: 'Anna' }] }

/** Polls that are open, their counts, and for which heads were asked. */
async function rig(count: number, after?: Promise<void>) {
  const clock = new ManualClock(NOW)
  const polls = new Map<string, Poll>()
  const tallies = new Map<string, Tally>()
  for (let i = 0; i < count; i++) {
    const name = `p${i}`
    polls.set(name, {
      ...openPoll(createPoll('final', name, RULES, NOW - 1000), NOW - 500),
      opens: NOW - 500 + i,
    })
    tallies.set(name, new Tally())
  }
  const asked: string[] = []
  const lines: string[] = []
  const state = { works: true, fails: undefined as Error | undefined }
  const stop = keepHeads({
    heads: {
      of: async ({ poll }) => {
        asked.push(poll)
        if (state.fails !== undefined) throw state.fails
        return undefined as never
      },
    },
    desk: { tally: (_, poll) => tallies.get(poll)! },
    directory: {
      shows: () => ['final'],
      polls: () => [...polls.values()].map((poll) => ({ poll }) as never),
    },
    clock,
    logger: pino({}, { write: (line: string) => lines.push(line) }),
    works: () => state.works,
    ...(after && { after }),
  })
  return {
    state,
    lines,
    stop,
    vote(poll: string, version: number) {
      const cell = { show: 'final', poll, segment: '', choice: '', mark: '' as const }
      tallies.get(poll)!.apply({ ...cell, count: version, version })
    },
    seal(poll: string) {
      polls.set(poll, { ...sealPoll({ ...polls.get(poll)!, closes: NOW }, NOW + 1), sealed: NOW + 1 })
    },
    async next(): Promise<string[]> {
      clock.advance(HEAD_EVERY_MS)
      await new Promise((turn) => setImmediate(turn))
      return asked.splice(0)
    },
  }
}

test('a poll has a new head each time it has more ballots, and once when it is sealed', async () => {
  const { next, vote, seal } = await rig(1)
  expect(await next()).toEqual([])
  vote('p0', 1)
  expect(await next()).toEqual(['p0'])
  expect(await next()).toEqual([])
  vote('p0', 2)
  expect(await next()).toEqual(['p0'])
  seal('p0')
  expect(await next()).toEqual(['p0'])
  expect(await next()).toEqual([])
})

test('no tree is read while who has voted is: a start takes votes first', async () => {
  const ready = Promise.withResolvers<void>()
  const { next, vote } = await rig(1, ready.promise)
  vote('p0', 1)
  expect(await next()).toEqual([])
  ready.resolve()
  await ready.promise
  expect(await next()).toEqual(['p0'])
})

test('a standby keeps none, and one that cannot goes on with the next', async () => {
  const { next, vote, state } = await rig(2)
  state.works = false
  vote('p0', 1)
  expect(await next()).toEqual([])
  state.works = true
  state.fails = new RoarError('not_published', 'the poll is too large')
  vote('p1', 1)
  expect(await next()).toEqual(['p1', 'p0'])
  expect(await next()).toEqual([])
  state.fails = undefined
  vote('p0', 2)
  expect(await next()).toEqual(['p0'])
})

test('a head that the log kept from being made is made once it can, without another ballot, and it is logged once', async () => {
  const { next, vote, state, lines } = await rig(1)
  state.fails = new RoarError('log_unavailable', 'no broker answers')
  vote('p0', 1)
  for (let tries = 0; tries < 5; tries++) expect(await next()).toEqual(['p0'])
  expect(lines).toHaveLength(1)
  state.fails = undefined
  expect(await next()).toEqual(['p0'])
  expect(await next()).toEqual([])
})

test('of many polls at a time those that opened last have heads: each has a tree in memory', async () => {
  const { next, vote } = await rig(9)
  for (let i = 0; i < 9; i++) vote(`p${i}`, 1)
  expect(await next()).toEqual(['p8', 'p7', 'p6', 'p5', 'p4', 'p3'])
})

test('polls that were sealed and have their last heads make room: an older poll that is still open has its own', async () => {
  const { next, vote, seal } = await rig(7)
  const newer = ['p6', 'p5', 'p4', 'p3', 'p2', 'p1']
  for (const poll of newer) vote(poll, 1)
  expect(await next()).toEqual(newer)
  newer.forEach(seal)
  expect(await next()).toEqual(newer)
  vote('p0', 1)
  expect(await next()).toEqual(['p0'])
  vote('p0', 2)
  expect(await next()).toEqual(['p0'])
})
