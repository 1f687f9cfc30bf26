import * as v from 'valibot'
import {
  ADDRESS_LENGTH_MAX,
  ALIASES_MAX,
  BAR_MAX,
  KEYWORD_LENGTH_MAX,
  KEYWORDS_MAX,
  PACKS_MAX,
  SEGMENTS_MAX,
  SIDES_MAX,
  STICKERS_MAX,
  VIDEO_ORIGINS_MAX,
  WORD_LENGTH_MAX,
  WORDS_MAX,
} from '../../protocol/limits.ts'
import { RUNS_MAX } from '../../protocol/runs.ts'
import type {
  Mute,
  Pinned,
  Segment,
  Show,
  ShowRules,
  ShowState,
  Sticker,
  StickerPack,
  Switches,
  Video,
  WordList,
} from '../../protocol/show.ts'
import {
  byId,
  component,
  count,
  flag,
  id,
  language,
  moment,
  orNull,
  text,
  time,
  whole,
} from '../http/call/schemas.ts'
import { words } from '../http/call/words.ts'

const colour = v.pipe(
  text,
  v.regex(/^#[0-9a-fA-F]{6}$/, 'is not #rrggbb'),
  v.description('CSS colour, #rrggbb'),
)
const list = <Item extends v.GenericSchema>(item: Item, max: number) =>
  v.pipe(v.array(item, 'is not an array'), v.maxLength(max, `has more than ${max} entries`))

/** An address that a page may load: over TLS, or from this server. */
const address = v.pipe(
  text,
  v.maxLength(ADDRESS_LENGTH_MAX, `is longer than ${ADDRESS_LENGTH_MAX} characters`),
  v.check(isAddress, 'is not an https address, nor a path of this server'),
)

function isAddress(given: string): boolean {
  // Browsers treat a backslash as a slash, and drop white space.
  if (/[\s\\\p{C}]/u.test(given)) return false
  if (/^\/(?!\/)[!-~]*$/.test(given)) return true
  if (!URL.canParse(given)) return false
  const { protocol, username, password, hostname } = new URL(given)
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1'
  const isOpen = username === '' && password === ''
  return isOpen && HOST.test(hostname) && (protocol === 'https:' || (protocol === 'http:' && isLocal))
}

/**
 * A single host: other characters that URLs allow have a meaning in a page's policy, such as `*` for every host and `;` for the
 * next directive (CSP3 sections 2.2.1 and 2.3.1).
 */
const HOST = /^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/

const origin = v.pipe(
  address,
  v.check(
    (given) => URL.canParse(given) && new URL(given).origin === given,
    'is not an origin, such as https://cdn.example',
  ),
)

export const StickerSchema = component<Sticker>()(
  'Sticker',
  v.object({
    sticker: id,
    title: v.pipe(text, v.description('What a screen reader says')),
    emoji: v.exactOptional(text),
    image: v.exactOptional(v.pipe(text, v.description('A picture’s address, relative to the server'))),
    thumb: v.exactOptional(v.pipe(text, v.description('A smaller picture that does not move'))),
    keywords: v.exactOptional(v.array(text)),
    category: v.exactOptional(text),
    aliases: v.exactOptional(
      v.pipe(v.array(id), v.description('Ids of variants, such as skin tones, that are counted as this one')),
    ),
  }),
)
export const SegmentSchema = component<Segment>()(
  'Segment',
  v.strictObject({ segment: id, title: words, colour: v.exactOptional(colour) }),
)
export const VideoSchema = component<Video>()(
  'Video',
  v.strictObject({
    url: v.pipe(address, v.description('An HLS playlist, or a file that browsers play')),
    poster: v.exactOptional(address),
    origins: v.exactOptional(
      v.pipe(
        list(origin, VIDEO_ORIGINS_MAX),
        v.description('Where the stream’s parts come from, beside its own address'),
      ),
    ),
    latencyMs: v.exactOptional(
      v.pipe(whole(0, 600_000), v.description('How far the picture is behind the event')),
    ),
  }),
)
const RULE = {
  guests: v.pipe(flag, v.description('Whether guests may post and, where a poll lets them, vote')),
  posts: flag,
  text: v.pipe(flag, v.description('Whether a post may have a text')),
  rooms: flag,
  postEveryMs: v.pipe(whole(0, 600_000), v.description('The least time between two posts of one viewer')),
  approvals: v.exactOptional(
    v.pipe(whole(1, 2), v.description('How many people a decision about a result needs; absent: 1')),
  ),
}
export const RulesSchema = component<ShowRules>()('ShowRules', v.strictObject(RULE))
const SWITCH = {
  posts: v.picklist(['on', 'off'], 'is not on or off'),
  feed: v.picklist(['on', 'off', 'slow'], 'is not on, off or slow'),
  text: v.pipe(
    v.picklist(['on', 'off', 'held'], 'is not on, off or held'),
    v.description('`held`: a text for the feed waits for a moderator'),
  ),
  reactions: v.picklist(['on', 'sampled'], 'is not on or sampled'),
}
export const SwitchesSchema = component<Switches>()(
  'Switches',
  v.strictObject({ ...SWITCH, stickers: v.record(id, v.picklist(['off'])) }),
)

/** A show's settings, in the form written by producers. */
export const SETTING = {
  title: words,
  language,
  accent: colour,
  starts: moment,
  ends: moment,
  video: VideoSchema,
  segments: list(SegmentSchema, SEGMENTS_MAX),
  sides: list(id, SIDES_MAX),
  packs: list(id, PACKS_MAX),
  bar: list(id, BAR_MAX),
}

/** Optional settings, which `null` removes. */
export const SOME_SETTINGS = {
  language: v.exactOptional(SETTING.language),
  accent: orNull(SETTING.accent),
  starts: orNull(SETTING.starts),
  ends: orNull(SETTING.ends),
  video: orNull(SETTING.video),
  segments: v.exactOptional(SETTING.segments),
  sides: v.exactOptional(SETTING.sides),
  packs: v.exactOptional(SETTING.packs),
  bar: v.exactOptional(SETTING.bar),
  rules: v.exactOptional(
    v.strictObject({
      guests: v.exactOptional(RULE.guests),
      posts: v.exactOptional(RULE.posts),
      text: v.exactOptional(RULE.text),
      rooms: v.exactOptional(RULE.rooms),
      postEveryMs: v.exactOptional(RULE.postEveryMs),
      approvals: RULE.approvals,
    }),
  ),
}

export const SomeSwitches = v.strictObject({
  posts: v.exactOptional(SWITCH.posts),
  feed: v.exactOptional(SWITCH.feed),
  text: v.exactOptional(SWITCH.text),
  reactions: v.exactOptional(SWITCH.reactions),
  stickers: v.exactOptional(byId(v.picklist(['on', 'off'], 'is not on or off'))),
})

export const PinnedSchema = component<Pinned>()(
  'Pinned',
  v.object({
    id: v.exactOptional(
      v.pipe(text, v.description('Of a viewer’s post; absent: the text is the show’s own')),
    ),
    viewer: v.exactOptional(text),
    name: v.exactOptional(text),
    sticker: v.exactOptional(id),
    text: v.exactOptional(text),
    at: v.pipe(time, v.description('When it was posted or, of the show’s own, pinned')),
  }),
)

export const STATES = ['scheduled', 'live', 'ended'] as const satisfies ShowState[]

/** Fields of a show for producers and viewers. */
export const SHOW_FIELDS = {
  show: id,
  title: text,
  language: v.exactOptional(text),
  accent: v.exactOptional(colour),
  starts: v.exactOptional(time),
  ends: v.exactOptional(time),
  video: v.exactOptional(VideoSchema),
  segments: v.array(SegmentSchema),
  sides: v.exactOptional(v.pipe(v.array(id), v.description('Segments shown against each other'))),
  packs: v.exactOptional(v.array(id)),
  bar: v.exactOptional(v.pipe(v.array(id), v.description('Stickers of the bar, in its order'))),
  stickers: v.array(StickerSchema),
  rules: v.exactOptional(RulesSchema),
  switches: v.exactOptional(SwitchesSchema),
  state: v.picklist(STATES),
  pinned: v.exactOptional(PinnedSchema),
  rehearsal: v.exactOptional(
    v.pipe(v.literal(true), v.description('It is a rehearsal: what viewers do in one can be wiped')),
  ),
  version: v.pipe(count, v.description('Grows with every change')),
}

export const MuteSchema = component<Mute>()(
  'Mute',
  v.object({
    viewer: text,
    until: v.exactOptional(v.pipe(time, v.description('Absent: for the show'))),
  }),
)

const entry = v.pipe(
  words,
  v.maxLength(WORD_LENGTH_MAX, `is longer than ${WORD_LENGTH_MAX} characters`),
  v.description('A word or a phrase; with a final `*`, the beginning of a word'),
)
const entries = list(entry, WORDS_MAX)
export const WORD_LIST = {
  hold: v.pipe(entries, v.description('A text for the feed with one of these waits for a moderator')),
  refuse: v.pipe(entries, v.description('A text with one of these is refused')),
}
export const WordListSchema = component<WordList>()('WordList', v.object({ language, ...WORD_LIST }))

export const StudioShow = component<Show & { state: ShowState }>()(
  'StudioShow',
  v.object({
    ...SHOW_FIELDS,
    created: v.exactOptional(time),
    started: v.exactOptional(v.pipe(time, v.description('When a producer began it'))),
    ended: v.exactOptional(time),
    archived: v.exactOptional(time),
    removed: v.exactOptional(v.pipe(v.array(id), v.description('Stickers that were removed'))),
    removedPosts: v.exactOptional(v.pipe(v.array(text), v.description('The newest posts that were removed'))),
    releasedPosts: v.exactOptional(
      v.pipe(
        v.array(text),
        v.description('The newest posts that were restored, or released after being held'),
      ),
    ),
    muted: v.exactOptional(v.array(MuteSchema)),
    wordLists: v.exactOptional(v.array(WordListSchema)),
    run: v.exactOptional(
      v.pipe(whole(1, RUNS_MAX), v.description('Which run of the rehearsal this is; absent: the first')),
    ),
  }),
)

const keyword = v.pipe(
  words,
  v.maxLength(KEYWORD_LENGTH_MAX, `is longer than ${KEYWORD_LENGTH_MAX} characters`),
)
/** A sticker as put into a pack. */
export const PackSticker = v.strictObject({
  title: words,
  keywords: v.exactOptional(list(keyword, KEYWORDS_MAX)),
  emoji: v.exactOptional(
    v.pipe(
      text,
      v.check(isEmoji, 'is not one emoji'),
      v.description('Absent: the sticker keeps the picture that it has'),
    ),
  ),
  category: v.exactOptional(words),
  aliases: v.exactOptional(list(id, ALIASES_MAX)),
})

/** A picture character, a sign with an emoji selector, a keycap, a flag of two letters: incomplete ones are none (UTS 51). */
const EMOJI =
  /(?!\p{RI})\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3|\p{RI}{2}/u

/** A single grapheme cluster, part of which is drawn as an emoji. */
function isEmoji(given: string): boolean {
  const graphemes = [...new Intl.Segmenter('en').segment(given)]
  return graphemes.length === 1 && given.length <= 64 && EMOJI.test(given)
}

export const PackSchema = component<StickerPack>()(
  'StickerPack',
  v.object({
    pack: id,
    title: text,
    stickers: v.pipe(v.array(StickerSchema), v.maxLength(STICKERS_MAX)),
    version: count,
  }),
)

export const EXAMPLE_SHOW: Show & { state: ShowState } = {
  show: 'semi',
  title: 'The semi-final',
  language: 'en',
  starts: 1_795_349_712_000,
  segments: [
    { segment: 'home', title: 'Home', colour: '#1d6ff2' },
    { segment: 'away', title: 'Away' },
  ],
  sides: ['home', 'away'],
  packs: ['classic'],
  stickers: [{ sticker: 'heart', title: 'Heart', emoji: '❤️' }],
  bar: ['heart'],
  state: 'scheduled',
  created: 1_795_000_000_000,
  version: 1,
}
export const EXAMPLE_PACK: StickerPack = {
  pack: 'classic',
  title: 'Classic',
  stickers: EXAMPLE_SHOW.stickers,
  version: 1,
}
