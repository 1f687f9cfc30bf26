import { expect, test } from 'bun:test'
import { whoWords } from '../ui/words.ts'
import { trailWords } from './trail-words.ts'

test.each([
  [{ action: 'open', poll: 'mvp', detail: { forMs: 60_000 } }, 'opened mvp for 60 s'],
  [{ action: 'open', poll: 'mvp', detail: { forMs: 3_600_000 } }, 'opened mvp for 60 min'],
  [{ action: 'open', poll: 'mvp' }, 'opened mvp'],
  [{ action: 'seal', poll: 'mvp' }, 'sealed mvp'],
  [
    { action: 'switch', poll: '', detail: { posts: 'off', stickers: { fire: 'off' } } },
    'switched posts off, fire off',
  ],
  [{ action: 'mute-viewer', poll: '', detail: { viewer: 'x', forMs: 600_000 } }, 'muted a viewer for 10 min'],
  [{ action: 'mute-viewer', poll: '', detail: { viewer: 'x' } }, 'muted a viewer for the show'],
  [{ action: 'change-show', poll: '', detail: { title: 'Final' } }, 'changed the show: title'],
  [
    { action: 'ask', poll: 'mvp', detail: { action: 'seal', reason: 'It is over' } },
    'asked to seal the result in mvp: “It is over”',
  ],
  [
    { action: 'ask', poll: '', detail: { action: 'one-approval', reason: 'Ann is ill' } },
    'asked to let one person decide in this show: “Ann is ill”',
  ],
  [{ action: 'test-webhook', poll: '', detail: { webhook: 'x' } }, 'tested a webhook'],
  [{ action: 'rotate-key', poll: '' }, 'rotate key'],
])('%p is said as %p', (entry, words) => {
  expect(trailWords(entry)).toBe(words)
})

test('people are called by their e-mail, and whoever else acts as the trail has them', () => {
  expect(whoWords('ann@stadium.example of the studio')).toBe('ann@stadium.example')
  expect(whoWords('pat of https://login.example')).toBe('pat of https://login.example')
  expect(whoWords('schedule')).toBe('schedule')
})
