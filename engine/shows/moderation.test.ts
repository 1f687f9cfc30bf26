import { expect, test } from 'bun:test'
import { MUTED_MAX, RELEASED_POSTS_MAX, REMOVED_POSTS_MAX } from '../../protocol/limits.ts'
import type { Show } from '../../protocol/show.ts'
import {
  isModeration,
  muteOf,
  muteViewer,
  pin,
  releasePost,
  removePost,
  showPost,
  unmuteViewer,
  unpin,
} from './moderation.ts'
import { changeWordList } from './word-lists.ts'

const SHOW: Show = { show: 'final', title: 'Final', stickers: [], segments: [], version: 1 }

test('a post is removed once, and the oldest of many are forgotten', () => {
  const once = removePost(SHOW, 'a')
  expect(once).toMatchObject({ removedPosts: ['a'], version: 2 })
  expect(removePost(once, 'a')).toBe(once)
  let show = once
  for (let i = 0; i < REMOVED_POSTS_MAX; i++) show = removePost(show, `p${i}`)
  expect(show.removedPosts).toHaveLength(REMOVED_POSTS_MAX)
  expect(show.removedPosts).not.toContain('a')
})

test('a mute ends when it was said to, is never shortened, and may be for the show', () => {
  const muted = muteViewer(SHOW, { viewer: 'v', until: 2000 }, 1000)
  expect([muteOf(muted, 'v', 1999), muteOf(muted, 'v', 2000), muteOf(muted, 'w', 1999)]).toEqual([
    { viewer: 'v', until: 2000 },
    undefined,
    undefined,
  ])
  expect(muteViewer(muted, { viewer: 'v', until: 1500 }, 1000)).toBe(muted)
  expect(muted.version).toBe(2)
  const forShow = muteViewer(muted, { viewer: 'v' }, 1000)
  expect(forShow.muted).toEqual([{ viewer: 'v' }])
  expect(muteViewer(forShow, { viewer: 'v', until: 9000 }, 1000)).toBe(forShow)
})

test('so many viewers are muted at the same time and no more; mutes that are over leave room', () => {
  let show = SHOW
  for (let i = 0; i < MUTED_MAX; i++) show = muteViewer(show, { viewer: `v${i}`, until: 2000 }, 1000)
  expect(() => muteViewer(show, { viewer: 'more' }, 1999)).toThrow('are already muted')
  expect(muteViewer(show, { viewer: 'more' }, 2000).muted).toEqual([{ viewer: 'more' }])
})

test('only what moderators did is told apart from what viewers have to fetch', () => {
  const removed = removePost(SHOW, 'a')
  expect(isModeration(SHOW, removed)).toBe(true)
  expect(isModeration(SHOW, { ...SHOW, version: 2 })).toBe(false)
  expect(isModeration(SHOW, { ...removed, title: 'Other' })).toBe(false)
  expect(isModeration(SHOW, { ...removed, version: 3 })).toBe(false)
})

test('a removal and a mute are taken back, once', () => {
  const removed = removePost(removePost(SHOW, 'a'), 'b')
  const released = releasePost(removed, 'a')
  expect(released).toMatchObject({
    removedPosts: ['b'],
    releasedPosts: ['a'],
    version: removed.version + 1,
  })
  expect(isModeration(removed, released)).toBe(true)
  expect(removePost(released, 'a')).toMatchObject({ removedPosts: ['b', 'a'], releasedPosts: [] })
  expect(releasePost(released, 'a')).toBe(released)
  const muted = muteViewer(muteViewer(SHOW, { viewer: 'v' }, 1000), { viewer: 'w', until: 2000 }, 1000)
  const unmuted = unmuteViewer(muted, 'v', 1000)
  expect(unmuted.muted).toEqual([{ viewer: 'w', until: 2000 }])
  expect(unmuteViewer(unmuted, 'v', 1000)).toBe(unmuted)
  expect(unmuteViewer(muted, 'w', 2000)).toBe(muted)
  expect(isModeration(muted, unmuted)).toBe(true)
})

test('of many that are released the newest are named, and one of many removed that is forgotten is not released', () => {
  let show = SHOW
  for (let i = 0; i <= REMOVED_POSTS_MAX; i++) show = removePost(show, `p${i}`)
  expect(show.releasedPosts).toBeUndefined()
  for (let i = 1; i <= RELEASED_POSTS_MAX + 1; i++) show = releasePost(show, `p${i}`)
  expect(show.releasedPosts).toHaveLength(RELEASED_POSTS_MAX)
  expect([show.releasedPosts![0], show.releasedPosts!.at(-1)]).toEqual(['p2', `p${RELEASED_POSTS_MAX + 1}`])
})

test('a mute for the show stands, and one that ends in the same millisecond changes nothing', () => {
  const muted = muteViewer(SHOW, { viewer: 'v', until: 2000 }, 1000)
  expect(muteViewer(muted, { viewer: 'v', until: 2000 }, 1000)).toBe(muted)
  expect(muteViewer(muted, { viewer: 'v', until: 2001 }, 1000).muted).toEqual([{ viewer: 'v', until: 2001 }])
  expect(muteViewer(SHOW, { viewer: 'v' }, 1000).muted).toStrictEqual([{ viewer: 'v' }])
})

test('a mute changes nothing else of a show', () => {
  const { muted, version, ...rest } = muteViewer(SHOW, { viewer: 'v' }, 1000)
  const { version: before, ...all } = SHOW
  expect(rest).toEqual(all)
  expect([muted, version]).toEqual([[{ viewer: 'v' }], before + 1])
})

test('a post that was held is named as released once, and removed again it is not', () => {
  const shown = showPost(SHOW, 'a')
  expect(shown).toMatchObject({ releasedPosts: ['a'], version: 2 })
  expect(showPost(shown, 'a')).toBe(shown)
  expect(removePost(shown, 'a')).toMatchObject({ removedPosts: ['a'], releasedPosts: [] })
})

test('one thing is pinned, until it is taken away or a moderator removes the post', () => {
  const pinned = pin(pin(SHOW, { text: 'Doors at 8', at: 1000 }), { id: 'a', text: 'what a shot', at: 900 })
  expect(pinned).toEqual({ ...SHOW, pinned: { id: 'a', text: 'what a shot', at: 900 }, version: 3 })
  expect(unpin(pinned)).toEqual({ ...SHOW, version: 4 })
  expect(unpin(SHOW)).toBe(SHOW)
  expect(removePost(pinned, 'b').pinned).toBeDefined()
  expect('pinned' in removePost(pinned, 'a')).toBe(false)
  // Viewers have to fetch what is pinned, and need not fetch word lists.
  expect(isModeration(pinned, removePost(pinned, 'a'))).toBe(false)
  expect(isModeration(SHOW, changeWordList(SHOW, { language: 'en', hold: ['damn'], refuse: [] }))).toBe(true)
})

test('of a show from which nothing was removed nothing is released', () => {
  expect(releasePost(SHOW, 'a')).toBe(SHOW)
})
