import { expect, test } from 'bun:test'
import { createPoll } from '../../engine/polls/life.ts'
import { archiveShow, endShow, startShow, switchShow } from '../../engine/shows/life.ts'
import { muteViewer, pin, removePost, showPost } from '../../engine/shows/moderation.ts'
import { changeWordList } from '../../engine/shows/word-lists.ts'
import type { RoarError } from '../../protocol/errors.ts'
import {
  MUTED_MAX,
  NAME_UNITS_MAX,
  POST_TEXT_UNITS_MAX,
  PREPARED_BYTES_MAX,
  RELEASED_POSTS_MAX,
  REMOVED_POSTS_MAX,
  STICKERS_MAX,
  TIME_MAX,
  WORD_LENGTH_MAX,
  WORD_LISTS_MAX,
  WORDS_MAX,
} from '../../protocol/limits.ts'
import type { PollRules } from '../../protocol/polls.ts'
import { control } from '../../protocol/records/control.ts'
import { RUNS_MAX } from '../../protocol/runs.ts'
import type { Show, Sticker } from '../../protocol/show.ts'
import { EXAMPLE_SHOW } from '../shows/schemas.ts'
import { checkTellable } from './told.ts'

function faultOf(...given: Parameters<typeof checkTellable>): string | undefined {
  try {
    checkTellable(...given)
    return undefined
  } catch (cause) {
    return `${(cause as RoarError).code}: ${(cause as RoarError).message}`
  }
}
const RULES: PollRules = {
  ...{
    question: 'Who?',
    choices: ['a', 'b'].map((choice) => ({ choice, title: choice })),
    kind: 'one',
    max: 1,
  },
  ...{ change: false, visibility: 'closed', graceMs: 0, countLate: true, countQuarantined: false },
}
const { state: _, ...SHOW } = EXAMPLE_SHOW
const showOf = (change: Partial<Show>): Show => ({ ...SHOW, ...change })

test('what every role can read is told, and what none could read, or no log would take, is refused before it is kept', () => {
  const poll = createPoll('semi', 'mvp', RULES, 0)
  expect(faultOf(poll)).toBeUndefined()
  const choices = poll.choices.map((choice) => ({ ...choice, image: 'x'.repeat(10_000) }))
  expect(faultOf({ ...poll, choices })).toStartWith('bad_poll: choices is not a list of')
  expect(faultOf(showOf({}))).toBeUndefined()
  expect(faultOf(showOf({ title: 'x'.repeat(10_000) }))).toStartWith('bad_request: title is not')
  const keywords = Array.from({ length: 32 }, () => '心'.repeat(64))
  const stickers: Sticker[] = Array.from({ length: 512 }, (_, i) => ({
    sticker: `s${i}`,
    title: 's',
    keywords,
  }))
  expect(faultOf(showOf({ stickers }))).toContain('1000000 at most')
  expect(faultOf(showOf({ stickers: stickers.slice(0, 100) }))).toBeUndefined()
})

const bytesOf = (show: Show): number => control.encode(show).value.byteLength

/** A show of as many stickers as it may have, whose preparation takes up exactly so many bytes. */
function preparedOf(bytes: number): Show {
  const stickers: Sticker[] = Array.from({ length: STICKERS_MAX }, (_, i) => ({
    sticker: `s${i}`.padEnd(32, 'x'),
    title: 's',
    keywords: [],
  }))
  const { created: _, ...settings } = SHOW
  const show: Show = { ...settings, version: 0, stickers }
  let left = bytes - bytesOf(show)
  for (const { keywords } of stickers)
    while (left > 70 && keywords!.length < 32) {
      const around = keywords!.length === 0 ? 2 : 3
      const length = Math.min(64, left - around)
      left -= length + around
      keywords!.push('k'.repeat(length))
    }
  show.title += 't'.repeat(left)
  expect(bytesOf(show)).toBe(bytes)
  return { ...show, created: TIME_MAX }
}

test('whatever is prepared that is let in, the night has room in it for all that it may write', () => {
  const prepared = preparedOf(PREPARED_BYTES_MAX)
  expect(faultOf(prepared)).toBeUndefined()
  expect(faultOf(preparedOf(PREPARED_BYTES_MAX + 1))).toContain(`${PREPARED_BYTES_MAX} at most`)
  // The longest of everything, by the operations that write it.
  const name = (i: number) => `${i}`.padStart(64, 'n')
  const word = (i: number) => `${i}`.padEnd(WORD_LENGTH_MAX, '心')
  let show = switchShow(prepared, {
    ...{ posts: 'off', feed: 'slow', text: 'held', reactions: 'sampled' },
    stickers: Object.fromEntries(prepared.stickers.map(({ sticker }) => [sticker, 'off'])),
  })
  for (let i = 0; i < MUTED_MAX; i++) show = muteViewer(show, { viewer: name(i), until: TIME_MAX }, 0)
  for (let i = 0; i < REMOVED_POSTS_MAX; i++) show = removePost(show, name(i))
  for (let i = 0; i < RELEASED_POSTS_MAX; i++) show = showPost(show, name(1000 + i))
  for (let i = 0; i < WORD_LISTS_MAX; i++) {
    const refuse = Array.from({ length: Math.floor(WORDS_MAX / WORD_LISTS_MAX) }, (_, j) => word(i * 100 + j))
    show = changeWordList(show, { language: `de-x-${i}-abcdefgh-abcdefgh-abcdefgh`, hold: [], refuse })
  }
  show = pin(show, {
    ...{ id: name(0), viewer: name(0), name: '心'.repeat(NAME_UNITS_MAX), sticker: 's'.repeat(32) },
    ...{ text: '心'.repeat(POST_TEXT_UNITS_MAX), at: TIME_MAX },
  })
  // As many stickers again that were there before, each of them off.
  const away = Array.from({ length: STICKERS_MAX }, (_, i) => `${i}`.padStart(32, 'r'))
  const off = Object.fromEntries(away.map((id) => [id, 'off' as const]))
  show = {
    ...{ ...show, removed: away, run: RUNS_MAX, version: Number.MAX_SAFE_INTEGER - 9 },
    switches: { ...show.switches!, stickers: { ...show.switches!.stickers, ...off } },
  }
  show = archiveShow(endShow(startShow(show, TIME_MAX - 2), TIME_MAX - 1), TIME_MAX)
  expect(faultOf(show)).toBeUndefined()
})

test('a show that was let in when more was allowed may be run and become less, and not more', () => {
  const large = preparedOf(PREPARED_BYTES_MAX + 1000)
  const fault = (after: Show): string | undefined => faultOf(after, large)
  expect(fault(endShow(large, TIME_MAX))).toBeUndefined()
  expect(fault({ ...large, stickers: large.stickers.slice(1) })).toBeUndefined()
  expect(fault({ ...large, title: `${large.title}!` })).toContain(`${PREPARED_BYTES_MAX} at most`)
})
