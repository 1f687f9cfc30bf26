import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ErrorCode } from '../../protocol/errors.ts'
import { STICKERS_MAX } from '../../protocol/limits.ts'
import { type Show, type StickerPack, showStateOf } from '../../protocol/show.ts'
import { checkBurst, packOf } from '../burst.ts'
import { SliceBuilder } from '../slice-builder.ts'
import {
  archiveShow,
  changeShow,
  createShow,
  endShow,
  refusePollOf,
  settingsOf,
  startShow,
  stepsBetween,
  switchShow,
  withPacks,
} from './life.ts'
import { muteViewer, pin } from './moderation.ts'

const packOfIds = (pack: string, ids: string[]): StickerPack => ({
  pack,
  title: pack,
  stickers: ids.map((sticker) => ({ sticker, title: sticker, emoji: '❤️' })),
  version: 1,
})
const PACKS = [packOfIds('classic', ['heart', 'six']), packOfIds('night', ['moon', 'heart'])]
const SEGMENTS = ['home', 'away', 'pub'].map((segment) => ({ segment, title: segment }))
const at = (now: number, packs = PACKS) => ({ packs, now })
const made = (settings: object = {}) =>
  createShow('semi', { title: 'Semi', segments: SEGMENTS, ...settings }, at(1000))
const codeOf = (work: () => unknown): ErrorCode | undefined => {
  try {
    work()
    return undefined
  } catch (cause) {
    return (cause as { code: ErrorCode }).code
  }
}

test('a new show has the first pack, its first two segments as sides, and waits for its time', () => {
  const show = made()
  expect(show).toMatchObject({ show: 'semi', created: 1000, version: 1, packs: ['classic'] })
  expect(settingsOf(show)).toMatchObject({ language: 'en', sides: ['home', 'away'], bar: ['heart', 'six'] })
  expect(showStateOf(show, 1e12)).toBe('scheduled')
})

test('a show is made as a rehearsal or not, and says so only where it is one', () => {
  expect(made({ rehearsal: true })).toMatchObject({ rehearsal: true })
  for (const show of [made(), made({ rehearsal: false })]) expect(show).not.toHaveProperty('rehearsal')
})

describe('a show is what producers did, and else what its times say', () => {
  const times = fc.record(
    { starts: fc.nat(9), ends: fc.nat(9), started: fc.nat(9), ended: fc.nat(9) },
    { requiredKeys: [] },
  )
  test('and it never goes back as time goes on', () => {
    const rank = { scheduled: 0, live: 1, ended: 2 }
    fc.assert(
      fc.property(times, (times) => {
        for (let now = 0; now < 11; now++) {
          const [before, after] = [now, now + 1].map(
            (now) => rank[showStateOf({ created: 0, ...times }, now)],
          )
          expect(after).toBeGreaterThanOrEqual(before!)
        }
      }),
    )
  })

  test('and what changes its state, and no producer did, is a step of its schedule', () => {
    fc.assert(
      fc.property(times, (times) => {
        fc.pre(times.starts === undefined || times.ends === undefined || times.starts < times.ends)
        for (let now = 1; now < 11; now++) {
          const [before, after] = [now - 1, now].map((at) => showStateOf({ created: 0, ...times }, at))
          const { started, ended } = times
          const byHand = after === 'live' ? started === now : ended === now
          const steps = before === after || byHand ? [] : [after]
          expect(
            stepsBetween({ created: 0, ...times }, now - 1, now).map(({ action, at }) => [action, at]),
          ).toEqual(steps.map((state) => [state === 'live' ? 'start-show' : 'end-show', now]))
        }
      }),
    )
  })

  test.each([
    [{ starts: 5 }, 4, 'scheduled'],
    [{ starts: 5 }, 5, 'live'],
    [{ starts: 5, started: 2 }, 3, 'live'],
    [{ starts: 5, ends: 9 }, 9, 'ended'],
    [{ ended: 3 }, 3, 'ended'],
    [{ starts: 5, ends: 9, ended: 12 }, 10, 'live'],
  ] as const)('%o at %d is %s', (times, now, state) => {
    expect(showStateOf({ created: 0, ...times }, now)).toBe(state)
  })

  test('a show that is older than beginnings is live', () => {
    expect(showStateOf({}, 7)).toBe('live')
    expect(showStateOf({ ended: 3 }, 7)).toBe('ended')
  })
})

test('each step may be taken twice, and none backwards', () => {
  const started = startShow(made(), 2000)
  expect(started).toMatchObject({ started: 2000, version: 2 })
  expect(startShow(started, 3000)).toBe(started)
  expect(codeOf(() => archiveShow(started, 3000))).toBe('wrong_state')
  const ended = endShow(started, 4000)
  expect(endShow(ended, 5000)).toBe(ended)
  expect(codeOf(() => startShow(ended, 5000))).toBe('wrong_state')
  const archived = archiveShow(ended, 6000)
  expect(archiveShow(archived, 7000)).toBe(archived)
  expect(codeOf(() => changeShow(archived, { title: 'Other' }, at(8000)))).toBe('wrong_state')
  expect(codeOf(() => switchShow(archived, { posts: 'off' }))).toBe('wrong_state')
  expect(codeOf(() => pin(archived, { text: 'Thanks', at: 8000 }))).toBe('wrong_state')
  expect(codeOf(() => muteViewer(archived, { viewer: 'ann' }, 8000))).toBe('wrong_state')
})

describe('a show that cannot be is refused, and says which setting', () => {
  test.each([
    [{ bar: ['moon'] }],
    [{ bar: ['heart', 'heart'] }],
    [{ sides: ['nowhere'] }],
    [{ packs: ['nowhere'] }],
    [{ starts: 5000, ends: 5000 }],
    [{ ends: 999 }],
    [{ segments: [SEGMENTS[0]!, SEGMENTS[0]!] }],
  ])('%o', (settings) => {
    expect(codeOf(() => made(settings))).toBe('bad_request')
    expect(() => made(settings)).toThrow(new RegExp(`^${Object.keys(settings).at(-1)}: `))
  })

  test('what is wrong is in quotes', () => {
    expect(() => made({ packs: ['nowhere'] })).toThrow('packs: there is no pack "nowhere"')
    expect(() => made({ bar: ['moon'] })).toThrow('bar: the show has no sticker "moon"')
  })

  test('more stickers than a slice may have', () => {
    const many = packOfIds(
      'many',
      Array.from({ length: STICKERS_MAX }, (_, n) => `s${n}`),
    )
    const full = createShow('semi', { title: 'Semi', packs: ['many'] }, at(0, [...PACKS, many]))
    expect(full.stickers.length).toBe(STICKERS_MAX)
    expect(codeOf(() => changeShow(full, { packs: ['many', 'night'] }, at(0, [...PACKS, many])))).toBe(
      'bad_request',
    )
  })
})

test('null takes a setting away, a part of the rules keeps the others, and what is named nowhere else goes too', () => {
  const show = made({ accent: '#112233', rules: { text: true }, sides: ['pub'], bar: ['six'] })
  const changed = changeShow(
    show,
    { accent: null, rules: { posts: false }, segments: SEGMENTS.slice(0, 1), packs: ['night'] },
    at(2000),
  )
  expect(changed).not.toHaveProperty('accent')
  expect(changed.rules).toMatchObject({ text: true, posts: false, guests: true })
  expect(changed).toMatchObject({ sides: [], bar: [], version: 2 })
})

test('a sticker of several packs is there once, in the order of the packs', () => {
  const { stickers } = made({ packs: ['night', 'classic'] })
  expect(stickers.map(({ sticker, category }) => [sticker, category])).toEqual([
    ['moon', 'night'],
    ['heart', 'night'],
    ['six', 'classic'],
  ])
})

describe('a sticker that is off or taken out refuses nobody’s burst and counts for nothing', () => {
  const taps = (show: Show, stickers: Record<string, number>) => {
    const pack = packOf(show)
    const builder = new SliceBuilder(pack, 'fold')
    const added = builder.add(checkBurst({ stickers }, pack, 1), 1, '')
    return { added, slice: builder.take() }
  }
  test('switched off, and on again', () => {
    const off = switchShow(made(), { stickers: { heart: 'off' } })
    expect(taps(off, { heart: 3, six: 2 })).toMatchObject({
      added: 2,
      slice: { sticker: ['six'], count: [2] },
    })
    expect(taps(off, { heart: 3 })).toEqual({ added: 0, slice: undefined })
    const on = switchShow(off, { stickers: { heart: 'on' } })
    expect(taps(on, { heart: 3 }).added).toBe(3)
    expect(codeOf(() => switchShow(on, { stickers: { nowhere: 'off' } }))).toBe('unknown_sticker')
  })

  test('out of its pack, and in again', () => {
    const out = withPacks(made(), [packOfIds('classic', ['six'])])
    expect(taps(out, { heart: 3, six: 2 }).added).toBe(2)
    expect(codeOf(() => taps(out, { nowhere: 1 }))).toBe('unknown_sticker')
    expect(taps(withPacks(out, PACKS), { heart: 3 }).added).toBe(3)
    expect(withPacks(out, PACKS).removed ?? []).toEqual(['heart'])
  })
})

test('each step keeps what the show is, sets its time, and is one version on; taken again it is none', () => {
  const show = made()
  const live = startShow(show, 2000)
  expect(live).toEqual({ ...show, started: 2000, version: show.version + 1 })
  expect(startShow(live, 2500)).toBe(live)
  const over = endShow(live, 3000)
  expect(over).toEqual({ ...live, ended: 3000, version: live.version + 1 })
  expect(endShow(over, 3500)).toBe(over)
  const away = archiveShow(over, 4000)
  expect(away).toEqual({ ...over, archived: 4000, version: over.version + 1 })
  expect(archiveShow(away, 4500)).toBe(away)
  expect(endShow(show, 2000)).toEqual({ ...show, ended: 2000, version: show.version + 1 })
})

test('a sticker that is off stays so while it is away, and one that is forgotten is in no list any more', () => {
  const many = (pack: string) =>
    packOfIds(
      pack,
      Array.from({ length: STICKERS_MAX }, (_, n) => `${pack}${n}`),
    )
  const packs = ['a', 'b', 'c'].map(many)
  const restocked = (show: Show, pack: string) => changeShow(show, { packs: [pack] }, at(0, packs))
  const allOff = (show: Show) =>
    switchShow(show, { stickers: Object.fromEntries(show.stickers.map(({ sticker }) => [sticker, 'off'])) })
  const offIn = (show: Show) => Object.keys(show.switches?.stickers ?? {})
  let show = allOff(createShow('semi', { title: 'Semi', packs: ['a'] }, at(0, packs)))
  show = restocked(show, 'b')
  expect(offIn(show)).toHaveLength(STICKERS_MAX)
  show = restocked(allOff(restocked(show, 'a')), 'c')
  expect(offIn(show)).toEqual(packs[0]!.stickers.map(({ sticker }) => sticker))
  expect(offIn(allOff(show))).toHaveLength(2 * STICKERS_MAX)
})

test('switches keep the others, and are one version on', () => {
  const show = made()
  const slow = switchShow(show, { feed: 'slow', stickers: { six: 'off' } })
  expect(slow).toEqual({
    ...show,
    switches: { posts: 'on', feed: 'slow', text: 'on', reactions: 'on', stickers: { six: 'off' } },
    version: show.version + 1,
  })
  expect(switchShow(slow, { stickers: { heart: 'off' } }).switches!.stickers).toEqual({
    six: 'off',
    heart: 'off',
  })
  const on = switchShow(slow, { posts: 'off', stickers: { heart: 'off', six: 'on' } })
  expect(on.switches).toEqual({
    ...{ posts: 'off', feed: 'slow', text: 'on', reactions: 'on', stickers: { heart: 'off' } },
  })
  expect(on.version).toBe(slow.version + 1)
})

test('what a show is where nobody said so', () => {
  const { rules } = changeShow(made(), { rules: { text: true } }, at(1000))
  expect(rules).toEqual({ guests: true, posts: true, text: true, rooms: true, postEveryMs: 0 })
  expect(changeShow(made(), { title: 'Another' }, at(1000)).rules).toBeUndefined()
  expect(settingsOf(made()).rules).toEqual({
    guests: true,
    posts: true,
    text: false,
    rooms: true,
    postEveryMs: 0,
  })
  const own = changeShow(made(), { rules: { posts: false } }, at(1000))
  expect(settingsOf(own).rules.posts).toBe(false)
})

test('stickers that went are kept in mind in the order in which they went, and forgotten when they are back', () => {
  const packs = (...ids: string[]) => [packOfIds('classic', ids)]
  const show = made()
  const without = (before: Show, ...ids: string[]) => withPacks(before, packs(...ids))
  const first = without(show, 'six')
  expect([first.stickers.map(({ sticker }) => sticker), first.removed]).toEqual([['six'], ['heart']])
  const second = without(first, 'moon')
  expect(second.removed).toEqual(['heart', 'six'])
  const back = without(second, 'heart', 'moon')
  expect(back.removed).toEqual(['six'])
  // It went, came, and went again: it is the newest that went.
  expect(without(back, 'moon').removed).toEqual(['six', 'heart'])
  expect(show.removed).toBeUndefined()
})

test('a bar and sides of a show keep what is still there', () => {
  const show = changeShow(made(), { bar: ['six', 'heart'], sides: ['pub', 'away'] }, at(1000))
  const changed = changeShow(show, { packs: ['night'], segments: SEGMENTS.slice(0, 2) }, at(1000))
  expect([changed.bar, changed.sides]).toEqual([['heart'], ['away']])
})

test('an end in the past is refused until the show has ended, and five sides are one too many', () => {
  expect(codeOf(() => made({ ends: 1000 }))).toBe('bad_request')
  expect(codeOf(() => made({ ends: 1001 }))).toBeUndefined()
  expect(codeOf(() => changeShow(made(), { ends: 900 }, at(1000)))).toBe('bad_request')
  const over = endShow(made(), 950)
  expect(codeOf(() => changeShow(over, { ends: 900 }, at(1000)))).toBeUndefined()
  // Said again as it is, with something else, it is no change of it.
  const planned = made({ ends: 1001 })
  expect(codeOf(() => changeShow(planned, { ends: 1001, language: 'de' }, at(2000)))).toBeUndefined()
  const segments = Array.from({ length: 5 }, (_, i) => ({ segment: `s${i}`, title: 's' }))
  const sides = segments.map(({ segment }) => segment)
  expect(codeOf(() => made({ segments, sides }))).toBe('bad_request')
  expect(codeOf(() => made({ segments, sides: sides.slice(1) }))).toBeUndefined()
})

test('a bar has twelve stickers at most', () => {
  const ids = Array.from({ length: 13 }, (_, i) => `s${i}`)
  const packs = [packOfIds('classic', ids)]
  const withBar = (bar: string[]) =>
    changeShow(createShow('semi', { title: 'Semi' }, at(1000, packs)), { bar }, at(1000, packs))
  expect(codeOf(() => withBar(ids))).toBe('bad_request')
  expect(withBar(ids.slice(1)).bar).toHaveLength(12)
})

test('a change of anything but packs keeps the stickers as they are, whatever the packs have by now', () => {
  const show = made()
  const changed = changeShow(show, { title: 'Another' }, at(1000, [packOfIds('classic', ['six'])]))
  expect(changed.stickers).toEqual(show.stickers)
})

test('nothing is switched off where nobody did so, and a show has the packs it was made with', () => {
  expect(switchShow(made(), {}).switches).toEqual({
    ...{ posts: 'on', feed: 'on', text: 'on', reactions: 'on', stickers: {} },
  })
  expect(settingsOf(made({ packs: ['night'] })).packs).toEqual(['night'])
})

test('a poll is refused to a show that has ended, and to no other', () => {
  const show = made()
  for (const open of [show, startShow(show, 2000)])
    expect(codeOf(() => refusePollOf(open, 3000))).toBeUndefined()
  expect(codeOf(() => refusePollOf(endShow(show, 2000), 3000))).toBe('wrong_state')
})
