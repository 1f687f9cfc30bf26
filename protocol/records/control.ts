import {
  ADDRESS_LENGTH_MAX,
  ALIASES_MAX,
  BAR_MAX,
  CHOICES_MAX,
  GRACE_MS_MAX,
  KEYWORD_LENGTH_MAX,
  KEYWORDS_MAX,
  MUTED_MAX,
  NAME_UNITS_MAX,
  PACKS_MAX,
  POINTS_MAX,
  POST_TEXT_UNITS_MAX,
  QUESTION_LENGTH_MAX,
  RELEASED_POSTS_MAX,
  REMOVED_POSTS_MAX,
  SEGMENTS_MAX,
  SIDES_MAX,
  STICKERS_MAX,
  VIDEO_ORIGINS_MAX,
  WORD_LENGTH_MAX,
  WORD_LISTS_MAX,
  WORDS_MAX,
} from '../limits.ts'
import type { Choice, Poll } from '../polls.ts'
import { MARK, type Revoked } from '../revoked.ts'
import { RUNS_MAX } from '../runs.ts'
import type { Mute, Pinned, Segment, Show, ShowRules, Sticker, Video, WordList } from '../show.ts'
import { encodeAs, objectIn, type RecordCodec, read } from './codec.ts'
import {
  FLAG,
  type Grammar,
  type GrammarOf,
  ID,
  list,
  NAME,
  object,
  oneOf,
  optional,
  TIME,
  text,
  whole,
} from './grammar.ts'

/** A document of the control log: a poll if it has a field `poll`; a show; or a revoked token. */
export type ControlRecord = Show | Poll | Revoked

export const isRevoked = (record: ControlRecord): record is Revoked => 'revoked' in record
export const isPoll = (document: ControlRecord): document is Poll => 'poll' in document

const WORDS = text(QUESTION_LENGTH_MAX)
const ADDRESS = optional(text(ADDRESS_LENGTH_MAX))
const COLOUR = optional({
  kind: 'text',
  pattern: /^#[0-9a-fA-F]{6}$/,
  lengthMax: 7,
  is: 'a colour as #rrggbb',
  are: 'colours as #rrggbb',
})

const STICKER: GrammarOf<Sticker> = {
  fields: {
    sticker: ID,
    title: WORDS,
    emoji: optional(text(64)),
    image: ADDRESS,
    thumb: ADDRESS,
    keywords: optional(list(text(KEYWORD_LENGTH_MAX), { max: KEYWORDS_MAX })),
    category: optional(WORDS),
    aliases: optional(list(ID, { max: ALIASES_MAX })),
  },
  keepsUnknown: true,
}
const SEGMENT: GrammarOf<Segment> = {
  fields: { segment: ID, title: WORDS, colour: COLOUR },
  keepsUnknown: true,
}
const CHOICE: GrammarOf<Choice> = {
  fields: { choice: ID, title: WORDS, image: ADDRESS },
  keepsUnknown: true,
}

const VIDEO: GrammarOf<Video> = {
  fields: {
    url: text(ADDRESS_LENGTH_MAX),
    poster: ADDRESS,
    origins: optional(list(text(ADDRESS_LENGTH_MAX), { max: VIDEO_ORIGINS_MAX })),
    latencyMs: optional(whole(0, 600_000)),
  },
  keepsUnknown: true,
}
const SHOW_RULES: GrammarOf<ShowRules> = {
  fields: {
    guests: FLAG,
    posts: FLAG,
    text: FLAG,
    rooms: FLAG,
    postEveryMs: whole(0, 600_000),
    approvals: optional(whole(1, 2)),
  },
  keepsUnknown: true,
}
/** Switched-off stickers are field names, which a grammar does not bound: the studio does. */
const SWITCHES: Grammar = {
  fields: {
    posts: oneOf('on', 'off'),
    feed: oneOf('on', 'off', 'slow'),
    text: oneOf('on', 'off', 'held'),
    reactions: oneOf('on', 'sampled'),
    stickers: object({ fields: {}, keepsUnknown: true }, { is: 'an object', are: 'objects' }),
  },
  keepsUnknown: true,
}
const MUTE: GrammarOf<Mute> = { fields: { viewer: NAME, until: optional(TIME) }, keepsUnknown: true }
const ENTRIES = list(text(WORD_LENGTH_MAX), { max: WORDS_MAX })
const WORD_LIST: GrammarOf<WordList> = {
  fields: { language: text(35), hold: ENTRIES, refuse: ENTRIES },
  keepsUnknown: true,
}
const PINNED: GrammarOf<Pinned> = {
  fields: {
    id: optional(NAME),
    viewer: optional(NAME),
    name: optional(text(NAME_UNITS_MAX)),
    sticker: optional(ID),
    text: optional(text(POST_TEXT_UNITS_MAX)),
    at: TIME,
  },
  keepsUnknown: true,
}
const ids = (max: number) => optional(list(ID, { max }))

export const SHOW: GrammarOf<Show> = {
  fields: {
    show: ID,
    title: WORDS,
    language: optional(text(35)),
    accent: COLOUR,
    starts: optional(TIME),
    ends: optional(TIME),
    created: optional(TIME),
    started: optional(TIME),
    ended: optional(TIME),
    archived: optional(TIME),
    video: optional(object(VIDEO, { is: 'a video', are: 'videos' })),
    sides: ids(SIDES_MAX),
    packs: ids(PACKS_MAX),
    bar: ids(BAR_MAX),
    rules: optional(object(SHOW_RULES, { is: 'rules', are: 'rules' })),
    switches: optional(object(SWITCHES, { is: 'switches', are: 'switches' })),
    removed: ids(STICKERS_MAX),
    removedPosts: optional(list(NAME, { max: REMOVED_POSTS_MAX })),
    releasedPosts: optional(list(NAME, { max: RELEASED_POSTS_MAX })),
    muted: optional(list(object(MUTE, { is: 'a mute', are: 'mutes' }), { max: MUTED_MAX })),
    wordLists: optional(
      list(object(WORD_LIST, { is: 'a word list', are: 'word lists' }), { max: WORD_LISTS_MAX }),
    ),
    pinned: optional(object(PINNED, { is: 'a pinned post', are: 'pinned posts' })),
    rehearsal: optional(FLAG),
    run: optional(whole(1, RUNS_MAX)),
    stickers: list(object(STICKER, { is: 'a sticker', are: 'stickers' }), { max: STICKERS_MAX }),
    segments: list(object(SEGMENT, { is: 'a segment', are: 'segments' }), { max: SEGMENTS_MAX }),
    version: whole(0),
  },
  keepsUnknown: true,
}

export const POLL: GrammarOf<Poll> = {
  fields: {
    show: ID,
    poll: ID,
    question: WORDS,
    choices: list(object(CHOICE, { is: 'a choice', are: 'choices' }), { min: 1, max: CHOICES_MAX }),
    kind: oneOf('one', 'several', 'points'),
    max: whole(1, POINTS_MAX),
    change: FLAG,
    visibility: oneOf('live', 'voted', 'closed', 'revealed'),
    opens: optional(TIME),
    closes: optional(TIME),
    reveals: optional(TIME),
    seals: optional(TIME),
    graceMs: whole(0, GRACE_MS_MAX),
    countLate: FLAG,
    countQuarantined: FLAG,
    answer: optional(list(ID, { max: CHOICES_MAX })),
    publish: optional(FLAG),
    voters: optional(oneOf('signed-in', 'guests', 'verified')),
    revealed: optional(TIME),
    sealing: optional(TIME),
    forgotten: optional(TIME),
    wiped: optional(TIME),
    code: optional(NAME),
    reached: optional(oneOf('draft', 'open', 'closed', 'revealed', 'sealed')),
    sealed: optional(TIME),
    version: whole(0),
  },
  keepsUnknown: true,
}

export const REVOKED: GrammarOf<Revoked> = {
  fields: {
    revoked: { kind: 'text', pattern: MARK, lengthMax: 22, is: 'a mark', are: 'marks' },
    until: TIME,
  },
}

/**
 * Topic `control`: the newest document of each show, `final`, and of each poll, `final/mvp`; each revoked token, `$revoked/` and
 * its mark.
 */
export const control: RecordCodec<ControlRecord> = {
  topic: 'control',
  encode(record) {
    if (isRevoked(record)) return { key: `$revoked/${record.revoked}`, value: encodeAs(REVOKED, record) }
    return isPoll(record)
      ? { key: `${record.show}/${record.poll}`, value: encodeAs(POLL, record) }
      : { key: record.show, value: encodeAs(SHOW, record) }
  },
  decode(bytes) {
    const fields = objectIn(bytes)
    if (typeof fields === 'string') return fields
    if ('revoked' in fields) return read(REVOKED, fields)
    return 'poll' in fields ? read(POLL, fields) : read(SHOW, fields)
  },
}
