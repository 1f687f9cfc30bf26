import { expect, test } from 'bun:test'
import type { RoarError } from '../../protocol/errors.ts'
import { postEveryMs, type Show } from '../../protocol/show.ts'
import { refuseEnded, refusePost } from './admission.ts'
import { DEFAULT_RULES, DEFAULT_SWITCHES } from './life.ts'

const NOW = 1000
const show = (more: Partial<Show> = {}): Show => ({
  ...{ show: 'final', title: 'Final', stickers: [], segments: [], version: 1 },
  ...more,
})
const refusal = (call: () => void): string => {
  try {
    call()
    return 'let in'
  } catch (cause) {
    return (cause as RoarError).code
  }
}
const posting = (more: Partial<Show>, guest = false, hasText = false) =>
  refusal(() => refusePost(show(more), { guest, viewer: 'ann', hasText, now: NOW }))

test('viewers send to a show until it ends, also before it begins', () => {
  const sending = (more: Partial<Show>) => refusal(() => refuseEnded(show(more), NOW))
  expect(sending({})).toBe('let in')
  expect(sending({ starts: NOW + 1 })).toBe('let in')
  expect(sending({ started: 1, ended: NOW })).toBe('show_ended')
  expect(posting({ started: 1, ended: NOW })).toBe('show_ended')
})

test('a post is let in unless the rules or a switch say that there are none', () => {
  expect(posting({})).toBe('let in')
  expect(posting({ rules: { ...DEFAULT_RULES, posts: false } })).toBe('posts_off')
  expect(posting({ switches: { ...DEFAULT_SWITCHES, posts: 'off' } })).toBe('posts_off')
  expect(posting({ rules: DEFAULT_RULES, switches: DEFAULT_SWITCHES })).toBe('let in')
})

test('guests post where the show lets them, and by default it does', () => {
  const signedIn = { rules: { ...DEFAULT_RULES, guests: false } }
  expect(posting({}, true)).toBe('let in')
  expect(posting(signedIn, true)).toBe('guests_not_allowed')
  expect(posting(signedIn, false)).toBe('let in')
})

test('a slow feed lets each viewer post every ten seconds, or more rarely where the rules say so', () => {
  const every = (ms: number, feed: 'on' | 'slow' | 'off') =>
    postEveryMs(
      show({ rules: { ...DEFAULT_RULES, postEveryMs: ms }, switches: { ...DEFAULT_SWITCHES, feed } }),
    )
  expect(postEveryMs(show())).toBe(0)
  expect([every(500, 'on'), every(500, 'off'), every(500, 'slow'), every(20_000, 'slow')]).toEqual([
    500, 500, 10_000, 20_000,
  ])
})

test('a text is let in where the rules and the switch have texts, and a post without one in any case', () => {
  const rules = { ...DEFAULT_RULES, text: true }
  const off = { ...DEFAULT_SWITCHES, text: 'off' as const }
  expect(posting({ rules }, false, true)).toBe('let in')
  expect(posting({}, false, true)).toBe('text_off')
  expect(posting({ rules, switches: off }, false, true)).toBe('text_off')
  expect(posting({ rules, switches: off })).toBe('let in')
})

test('who is muted is told until when, and posts from then on', () => {
  const told = (muted: NonNullable<Show['muted']>) => {
    try {
      refusePost(show({ muted }), { guest: false, viewer: 'ann', hasText: false, now: NOW })
      return undefined
    } catch (cause) {
      return [(cause as RoarError).code, (cause as RoarError).message]
    }
  }
  expect(told([{ viewer: 'ann', until: NOW + 1 }])).toEqual(['muted', 'muted until 1970-01-01T00:00:01.001Z'])
  expect(told([{ viewer: 'ann' }])).toEqual(['muted', 'muted for this show'])
  expect(told([{ viewer: 'ann', until: NOW }])).toBeUndefined()
  expect(told([{ viewer: 'ben' }])).toBeUndefined()
})
