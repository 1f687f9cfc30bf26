import { expect, test } from 'bun:test'
import type { StudioPoll, StudioShow } from '../api/queries.ts'
import { checkShow } from './check-show.ts'

const SHOW: StudioShow = {
  show: 'final',
  title: 'Final',
  starts: 10_000,
  ends: 50_000,
  segments: [
    { segment: 'home', title: 'Home', colour: '#1d6ff2' },
    { segment: 'away', title: 'Away', colour: '#d9480f' },
  ],
  sides: ['home', 'away'],
  stickers: [{ sticker: 'heart', title: 'Heart', emoji: '❤️' }],
  bar: ['heart'],
  video: { url: '/stream.m3u8' },
  state: 'scheduled',
  version: 1,
}
const POLL: StudioPoll = {
  show: 'final',
  poll: 'mvp',
  question: 'Who?',
  choices: [
    { choice: 'a', title: 'Anna' },
    { choice: 'b', title: 'Ben' },
  ],
  kind: 'one',
  max: 1,
  change: false,
  visibility: 'closed',
  graceMs: 0,
  countLate: true,
  countQuarantined: false,
  voters: 'guests',
  opens: 20_000,
  closes: 30_000,
  state: 'draft',
  version: 1,
}
const words = (show: StudioShow, polls: StudioPoll[] = []) =>
  checkShow(show, polls, 5_000).map((one) => one.words)

test('a show that is ready has nothing to say', () => {
  expect(words(SHOW, [POLL])).toEqual([])
})

test.each<[string, Partial<StudioPoll>]>([
  ['opens before the show begins', { opens: 9_000 }],
  ['opens when the show is over', { opens: 50_000, closes: 60_000 }],
  ['is open when the show ends', { closes: 51_000 }],
  ['nothing closes it', { closes: undefined as never }],
  [
    'two choices of one name',
    {
      choices: [
        { choice: 'a', title: 'Anna' },
        { choice: 'b', title: 'anna ' },
      ],
    },
  ],
  ['a right answer', { answer: ['a'], visibility: 'live' }],
])('a poll that %s is found', (expected, change) => {
  expect(words(SHOW, [{ ...POLL, ...change }]).join()).toContain(expected)
})

test('polls that cover each other are found, and those in a row are not', () => {
  const second = { ...POLL, poll: 'two', question: 'And?', opens: 29_000, closes: 40_000 }
  expect(words(SHOW, [POLL, second])).toEqual(['“And?” opens while “Who?” is open.'])
  expect(words(SHOW, [POLL, { ...second, opens: 30_000 }])).toEqual([])
})

test('a show that nobody can react in, and one that did not begin, are wrong', () => {
  expect(checkShow({ ...SHOW, stickers: [] }, [], 5_000)).toEqual([
    { weight: 'wrong', words: expect.stringContaining('no stickers') },
  ])
  expect(checkShow(SHOW, [], 11_000)[0]?.words).toContain('has not begun')
})
