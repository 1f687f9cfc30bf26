import { expect, test } from 'bun:test'
import { RoarError } from '../../protocol/errors.ts'
import type { Poll } from '../../protocol/polls.ts'
import { filedAs, filedBefore, filedUnder, RUNS_MAX } from '../../protocol/runs.ts'
import { type Show, showStateOf } from '../../protocol/show.ts'
import { wipePolls, wipeShow } from './wipe.ts'

const NOW = 1_795_349_712_000
const NIGHT: Show = {
  ...{ show: 'night', title: 'The night', stickers: [], segments: [], created: NOW - 9_000, version: 7 },
  rehearsal: true,
}
const POLL: Poll = {
  ...{ show: 'night', poll: 'mvp', question: 'Who?', choices: [{ choice: 'anna', title: 'Anna' }] },
  ...{ kind: 'one', max: 1, change: false, visibility: 'live', graceMs: 0 },
  ...{ countLate: true, countQuarantined: false, answer: ['anna'], version: 4 },
}

test('a wiped rehearsal is scheduled again, with its settings and without what happened in it', () => {
  const evening = {
    ...{ ...NIGHT, started: NOW - 500, ended: NOW - 1, starts: NOW - 400, ends: NOW + 5, accent: '#112233' },
    ...{ removedPosts: ['a'], muted: [{ viewer: 'v' }] },
  }
  const wiped = wipeShow(evening, NOW)
  expect(wiped).toEqual({ ...NIGHT, accent: '#112233', ends: NOW + 5, run: 2, version: 8 })
  expect(showStateOf(wiped, NOW)).toBe('scheduled')
  expect(wipeShow(wiped, NOW).run).toBe(3)
})

test('times that are still to come are kept, and those that are over are not', () => {
  const planned = { ...NIGHT, starts: NOW + 1, ends: NOW + 5 }
  expect(wipeShow(planned, NOW)).toMatchObject({ starts: NOW + 1, ends: NOW + 5 })
  const over = wipeShow({ ...NIGHT, starts: NOW, ends: NOW }, NOW)
  expect([over.starts, over.ends]).toEqual([undefined, undefined])
})

test('polls that are wiped together get ids of their own', () => {
  const opened = ['mvp', 'mvp-r2', 'mvp-r7'].map((poll) => ({ ...POLL, poll, opens: NOW - 1 }))
  const ids = wipePolls(opened, { run: 3, now: NOW }).map(({ draft }) => draft.poll)
  expect(ids).toEqual(['mvp-r3', 'mvp-r4', 'mvp-r5'])
})

test.each([
  ['a show that is no rehearsal', { ...NIGHT, rehearsal: undefined }, 'not_rehearsal'],
  ['an archived one', { ...NIGHT, archived: NOW }, 'wrong_state'],
  ['one that was wiped too often', { ...NIGHT, run: RUNS_MAX }, 'wrong_state'],
] as const)('%s cannot be wiped', (_, show, code) => {
  const refusal = () => wipeShow(show as Show, NOW)
  expect(refusal).toThrow(RoarError)
  expect(refusal).toThrow(expect.objectContaining({ code }))
})

test('what was opened is a draft again under an id that nothing in the log has, and a draft stays as it is', () => {
  const sealed: Poll = {
    ...{ ...POLL, opens: NOW - 9, closes: NOW - 5, revealed: NOW - 3, sealing: NOW - 3, sealed: NOW - 2 },
    ...{ code: 'abcd1234', reached: 'sealed', forgotten: NOW - 1 },
  }
  const draft = { ...POLL, poll: 'next', opens: NOW + 9 }
  const before = { ...POLL, poll: 'mvp-r2', wiped: NOW - 9 }
  const long = { ...sealed, poll: 'a'.repeat(32) }
  const wiped = wipePolls([sealed, draft, before, long], { run: 2, now: NOW })
  expect(wiped.map(({ wiped: { poll }, draft: { poll: next } }) => [poll, next])).toEqual([
    ['mvp', 'mvp-r3'],
    ['a'.repeat(32), `${'a'.repeat(29)}-r2`],
  ])
  expect(wiped[0]!.wiped).toEqual({ ...sealed, wiped: NOW, version: 5 })
  expect(wiped[0]!.draft).toEqual({ ...POLL, poll: 'mvp-r3', version: 1 })
  const again = wipePolls([{ ...wiped[0]!.draft, opens: NOW - 1 }], { run: 4, now: NOW })
  expect(again[0]!.draft.poll).toBe('mvp-r4')
})

test('every run of every show is filed under a name of its own', () => {
  const names = new Set<string>()
  for (const show of ['final', 'final-2', 'a'])
    for (let run = 1; run <= RUNS_MAX; run++) {
      const name = filedAs({ show, run })
      expect(filedUnder(name)).toEqual({ show, run })
      names.add(name)
    }
  expect(names.size).toBe(3 * RUNS_MAX)
  expect(filedBefore({ show: 'final', run: 3 })).toEqual(['final', 'final~2'])
  expect(filedBefore({ show: 'final' })).toEqual([])
})
