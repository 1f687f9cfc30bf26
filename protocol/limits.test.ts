import { expect, test } from 'bun:test'
import { EDGE_URL_LENGTH_MAX, EDGE_URLS_MAX, WEIGHT_MAX } from './fleet.ts'
import * as limits from './limits.ts'
import { RECORDED_COUNT_MAX, RECORDING_LINES_MAX } from './recording.ts'
import { DEAD_LETTER_BYTES_MAX } from './records/dead-letters.ts'
import { MOMENT_ENTRIES_MAX } from './records/room-moments.ts'
import { REPORT_HOLDS_MS, REPORT_MS } from './viewers.ts'
import { THRESHOLD_S_MAX, WEBHOOK_EVENTS, WEBHOOK_TEST } from './webhooks.ts'

test('the bounds are what clients, logs and stores of other versions count on: another number is another protocol', () => {
  expect({ ...limits }).toMatchObject({
    ADDRESS_LENGTH_MAX: 2_048,
    ALIASES_MAX: 16,
    ANSWERS_A_VOTER_MAX: 2_147_483_647,
    BAR_MAX: 12,
    BODY_BYTES_MAX: 4_096,
    BURST_COUNT_MAX: 100,
    BURST_STICKERS_MAX: 64,
    CHOICES_MAX: 64,
    DECIDED_POSTS_MAX: 200,
    DELAY_MS_MAX: 120_000,
    DOCUMENT_BYTES_MAX: 1_000_000,
    FEED_NAMES_MAX: 480,
    FEED_POSTS_PER_SECOND_MAX: 8,
    GRACE_MS_MAX: 300_000,
    HELD_A_VIEWER_MAX: 5,
    HELD_POSTS_MAX: 500,
    KEYWORDS_MAX: 32,
    KEYWORD_LENGTH_MAX: 64,
    MEMBERSHIPS_MAX: 400_000,
    MOOD_BYTES_MAX: 256,
    MOOD_TOP_MAX: 8,
    MUTED_MAX: 500,
    MUTE_MS_MAX: 86_400_000,
    NAME_LENGTH_MAX: 32,
    NAME_UNITS_MAX: 128,
    PACKS_MAX: 16,
    PACKS_TOTAL_MAX: 1_000,
    POINTS_MAX: 1_000,
    POLLS_MAX: 256,
    PREPARED_BYTES_MAX: 750_000,
    POST_TEXT_MAX: 140,
    POST_TEXT_UNITS_MAX: 1_120,
    PRESENCE_HOLDS_MS: 60_000,
    PRESENCE_MS: 20_000,
    QUESTION_LENGTH_MAX: 280,
    RELEASED_POSTS_MAX: 50,
    REMOVED_POSTS_MAX: 200,
    REVOKED_MAX: 10_000,
    ROOMS_A_SHOW_MAX: 20_000,
    ROOMS_A_VIEWER_MAX: 8,
    ROOMS_MAX: 50_000,
    ROOM_MEMBERS_MAX: 100,
    ROOM_MS_MAX: 432_000_000,
    ROOM_POSTS_BURST: 50,
    ROOM_POSTS_PER_SECOND: 10,
    ROOM_REMOVED_MAX: 100,
    ROOM_TAIL_POSTS: 30,
    SAMPLE_MIN: 1 / 64,
    SEGMENTS_MAX: 64,
    SEGMENT_VIEWERS_MIN: 10,
    SHOWS_MAX: 10_000,
    SIDES_MAX: 4,
    SLICE_DELAYED_MAX: 10_000,
    SLICE_ENTRIES_MAX: 66_560,
    SLICE_EVENTS_MAX: 20_000,
    SLOW_FEED_MS: 10_000,
    STICKERS_MAX: 512,
    STUDIO_BODY_BYTES_MAX: 65_536,
    SWITCHED_SAMPLE: 1 / 8,
    TIME_MAX: 253_402_300_799_999,
    TIME_MIN: 100_000_000_000,
    VIDEO_ORIGINS_MAX: 8,
    WORDS_MAX: 500,
    WORD_LENGTH_MAX: 64,
    WORD_LISTS_MAX: 16,
  })
  expect([DEAD_LETTER_BYTES_MAX, MOMENT_ENTRIES_MAX, THRESHOLD_S_MAX]).toEqual([65_536, 8_000, 60])
  expect([REPORT_MS, REPORT_HOLDS_MS]).toEqual([2_000, 6_000])
  expect([RECORDING_LINES_MAX, RECORDED_COUNT_MAX]).toEqual([2_000_000, 5_000_000])
  expect([WEIGHT_MAX, EDGE_URLS_MAX, EDGE_URL_LENGTH_MAX]).toEqual([9, 4, 72])
})

test('a webhook may be told of what it was told of before, by the same names', () => {
  expect(WEBHOOK_EVENTS).toEqual([
    ...(['poll.opened', 'poll.closed', 'poll.revealed', 'poll.sealed'] as const),
    ...(['show.started', 'show.ended', 'show.threshold', 'show.highlight'] as const),
  ])
  expect(WEBHOOK_TEST).toBe('webhook.test')
})
