/** Every bound that both sides of a protocol must agree on. Bounds of a single process are its settings. */

/** A viewer's request body, in bytes. A longer one is refused with 413 before it is parsed. */
export const BODY_BYTES_MAX = 4096
/** A producer's request body, in bytes, refused in the same way. Holds a poll of `CHOICES_MAX` choices. */
export const STUDIO_BODY_BYTES_MAX = 64 * 1024
/** Taps of one sticker in one burst. */
export const BURST_COUNT_MAX = 100
/** How far a viewer's picture may be behind the server's clock, in milliseconds; more counts as this. */
export const DELAY_MS_MAX = 120_000
/** Stickers in one burst: as many as fit into a body, however long their ids are. */
export const BURST_STICKERS_MAX = 64
/** An address of a picture or a video, in characters. */
export const ADDRESS_LENGTH_MAX = 2048
/** Stickers of one show. Bounds a slice, a window and the browser of stickers. */
export const STICKERS_MAX = 512
/** Words by which a sticker is found, and the length of one, in UTF-16 code units. */
export const KEYWORDS_MAX = 32
export const KEYWORD_LENGTH_MAX = 64
/** Origins of a show's stream, beside that of its address. */
export const VIDEO_ORIGINS_MAX = 8
/** Variants that count as one sticker. */
export const ALIASES_MAX = 16
/** Stickers in the bar; the rest are in the browser. */
export const BAR_MAX = 12
/** Segments that are compared on screen. */
export const SIDES_MAX = 4
/** Sticker packs of one show. */
export const PACKS_MAX = 16
/** Sticker packs of one installation. */
export const PACKS_TOTAL_MAX = 1000
/** Shows of one installation that are not archived. Bounds every role's directory. */
export const SHOWS_MAX = 10_000
/** Minimum time between two posts of one viewer while the feed is switched to slow. */
export const SLOW_FEED_MS = 10_000
/** The share of bursts that clients send while a producer has reactions sampled. */
export const SWITCHED_SAMPLE = 1 / 8
/** Segments of one show. Bounds a slice, a window and the number of retained topics. */
export const SEGMENTS_MAX = 64
/** A mood packet, in bytes of JSON. What does not fit is cut from the end of `top`. */
export const MOOD_BYTES_MAX = 256
/** Entries of `top` in a mood packet. */
export const MOOD_TOP_MAX = 8
/** Posts a second in a show's feed: what a person can read. */
export const FEED_POSTS_PER_SECOND_MAX = 8
/** A viewer's display name after cleaning, in graphemes, which people count as characters. */
export const NAME_LENGTH_MAX = 32
/** The same in UTF-16 code units, of which a grapheme may have many. Bounds a record and a packet. */
export const NAME_UNITS_MAX = 128
/** A post's text, in graphemes and in UTF-16 code units. A longer one is refused. */
export const POST_TEXT_MAX = 140
export const POST_TEXT_UNITS_MAX = 1120
/** Answers of one voter to one poll, the first and its changes. One more is refused. */
export const ANSWERS_A_VOTER_MAX = 2 ** 31 - 1
/** Members of a room. One more is `room_full`. */
export const ROOM_MEMBERS_MAX = 100
/** Rooms of one show that one viewer may be in at the same time. One more is `too_many_rooms`. */
export const ROOMS_A_VIEWER_MAX = 8
/**
 * Rooms of one show, and rooms of one installation with all their members. Bounds what every ingest and deliver keeps of them.
 */
export const ROOMS_A_SHOW_MAX = 20_000
export const ROOMS_MAX = 50_000
export const MEMBERSHIPS_MAX = 400_000
/** Members removed by the owner who are kept out by name, the newest; older ones are kept out by the new invite. */
export const ROOM_REMOVED_MAX = 100
/** A room ends with its show, and at the latest after this time: five days, in milliseconds. */
export const ROOM_MS_MAX = 5 * 86_400_000
/** Posts of a room that are published again on request. */
export const ROOM_TAIL_POSTS = 30
/** How often a member reports presence, and how long a report is valid: two of three may be lost. In milliseconds. */
export const PRESENCE_MS = 20_000
export const PRESENCE_HOLDS_MS = 3 * PRESENCE_MS
/** Posts a second in one room, after `ROOM_POSTS_BURST` at once: what ten people write in a hurry. One more is `too_many_requests`. */
export const ROOM_POSTS_PER_SECOND = 10
export const ROOM_POSTS_BURST = 50
/** Newest posts of a feed whose author a reply can name: at least half a minute of the fullest feed, hours of a quiet one. */
export const FEED_NAMES_MAX = 480
/** Removed posts that one show lists, the newest: more than fit on a screen. */
export const REMOVED_POSTS_MAX = 200
/** Released posts that one show lists, the newest: as many as a new viewer sees. */
export const RELEASED_POSTS_MAX = 50
/** Word lists of one show, one a language, and the entries of all of them together. Bounds the show's document. */
export const WORD_LISTS_MAX = 16
export const WORDS_MAX = 500
/** An entry of a word list, in UTF-16 code units. */
export const WORD_LENGTH_MAX = 64
/** Posts of one show that wait for a moderator. Beyond it the oldest is dropped and never shown. */
export const HELD_POSTS_MAX = 500
/** Posts of one viewer among them, so that nobody crowds out the others. Beyond it the viewer's oldest is dropped. */
export const HELD_A_VIEWER_MAX = 5
/** Decided held posts of one show that are remembered, the newest, so that a decision can be reversed. */
export const DECIDED_POSTS_MAX = 200
/** Viewers who are muted in one show at the same time. Bounds the show's document. */
export const MUTED_MAX = 500
/** The longest mute with an end, in milliseconds: a day. A mute without an end lasts for the show. */
export const MUTE_MS_MAX = 86_400_000
/** The smallest sample that a server ever asks for. */
export const SAMPLE_MIN = 1 / 64
/** Choices of one poll. Bounds a ballot, a tally and the card. */
export const CHOICES_MAX = 64
/** Points that one viewer may distribute. */
export const POINTS_MAX = 1000
/** A poll's question and a choice's title, in UTF-16 code units. */
export const QUESTION_LENGTH_MAX = 280
/** The fewest viewers of a published segment of a result: a smaller one would reveal how they answered. */
export const SEGMENT_VIEWERS_MIN = 10
/** Polls of one show. Bounds the retained topics. */
export const POLLS_MAX = 256
/** The longest time after the end in which late votes are accepted, in milliseconds. */
export const GRACE_MS_MAX = 300_000
/** Entries of one slice: twice the size of its table if it is folded, and with events also those of one burst. */
export const SLICE_ENTRIES_MAX = 2 * (SEGMENTS_MAX + 1) * STICKERS_MAX
/** Entries of viewers behind after which a folded slice is cut: with its table, no more than a record may have. */
export const SLICE_DELAYED_MAX = 10_000
/** Events after which a slice is cut: with the longest ids, half of a record's bytes. */
export const SLICE_EVENTS_MAX = 20_000

/**
 * A document of the control log, in bytes: a log's limit for one record (Kafka's `max.message.bytes`), less room for the rest of
 * the record.
 */
export const DOCUMENT_BYTES_MAX = 1_000_000
/**
 * The part of a show's document that is prepared in advance, in bytes: its settings and stickers. The rest is room for everything
 * written during the show, with each list full: large stickers must not prevent a show from being ended.
 */
export const PREPARED_BYTES_MAX = 750_000
/**
 * The first time that a producer may name, in milliseconds: in 1973. Until the year 5138 anything smaller was meant in seconds,
 * and would open a poll, or end a show, at once.
 */
export const TIME_MIN = 100_000_000_000
/**
 * The end of the year 9999 in milliseconds, the last time that RFC 3339 can express; from the year 275760 on there are no dates
 * at all.
 */
export const TIME_MAX = 253_402_300_799_999

/** Revoked tokens that have not expired. One more is refused, because every edge holds all of them. */
export const REVOKED_MAX = 10_000
