/** Every bound that both sides of a wire must agree on. Bounds that only one process knows are its settings. */

/** A viewer's request body, in bytes. A longer one is refused with 413 before it is parsed. */
export const BODY_BYTES_MAX = 4096
/** A producer's request body, in bytes, refused in the same way. Holds a poll of `CHOICES_MAX` choices. */
export const STUDIO_BODY_BYTES_MAX = 64 * 1024
/** Taps of one sticker in one burst. */
export const BURST_COUNT_MAX = 100
/** How far a viewer's picture can be behind the server's clock; one further behind counts as this. In milliseconds. */
export const DELAY_MS_MAX = 120_000
/** Stickers in one burst of the client: as many as fit into a body, however long their ids are. */
export const BURST_STICKERS_MAX = 64
/** An address of a picture or a video, in characters. */
export const ADDRESS_LENGTH_MAX = 2048
/** Stickers of one show. Bounds a slice, a window and the browser of stickers. */
export const STICKERS_MAX = 512
/** Words by which a sticker is found, and the length of one, in UTF-16 code units. */
export const KEYWORDS_MAX = 32
export const KEYWORD_LENGTH_MAX = 64
/** Origins of a show's stream beside its address's own. */
export const VIDEO_ORIGINS_MAX = 8
/** Variants of one sticker that are counted as it. */
export const ALIASES_MAX = 16
/** Stickers in the bar; the rest are in the browser. */
export const BAR_MAX = 12
/** Segments shown against each other. */
export const SIDES_MAX = 4
/** Sticker packs of one show. */
export const PACKS_MAX = 16
/** Sticker packs of one installation. */
export const PACKS_TOTAL_MAX = 1000
/** Shows of one installation that are not archived. Bounds every role's directory. */
export const SHOWS_MAX = 10_000
/** Between two posts of one viewer while a producer has slowed the feed. */
export const SLOW_FEED_MS = 10_000
/** The share of bursts that clients are asked for while a producer has reactions sampled. */
export const SWITCHED_SAMPLE = 1 / 8
/** Segments of one show. Bounds a slice, a window and the number of retained topics. */
export const SEGMENTS_MAX = 64
/** A mood packet, in bytes of JSON. What does not fit is cut from the end of `top`. */
export const MOOD_BYTES_MAX = 256
/** Entries of `top` in a mood packet. */
export const MOOD_TOP_MAX = 8
/** Posts a second in a show's feed: what a person can read. */
export const FEED_POSTS_PER_SECOND_MAX = 8
/** A viewer's display name after cleaning, in graphemes: what a person counts as characters. */
export const NAME_LENGTH_MAX = 32
/** The same in UTF-16 code units, of which one grapheme may have many. Bounds a record and a packet. */
export const NAME_UNITS_MAX = 128
/** A post's text, in graphemes and in UTF-16 code units. A longer one is refused. */
export const POST_TEXT_MAX = 140
export const POST_TEXT_UNITS_MAX = 1120
/** Answers of one voter to one poll, the first and its changes. One more is refused. */
export const ANSWERS_A_VOTER_MAX = 2 ** 31 - 1
/** Members of a room. One more is `room_full`. */
export const ROOM_MEMBERS_MAX = 100
/** Rooms of one show in which one viewer is at the same time. One more is `too_many_rooms`. */
export const ROOMS_A_VIEWER_MAX = 8
/** Rooms of one show, and of one installation with all their members: bounds what every ingest and deliver keeps of them. */
export const ROOMS_A_SHOW_MAX = 20_000
export const ROOMS_MAX = 50_000
export const MEMBERSHIPS_MAX = 400_000
/** Those whom the owner has removed and who are kept out by name, the newest; the older ones by the invite, which is another. */
export const ROOM_REMOVED_MAX = 100
/** A room is over with its show, and after this time at the latest: five days, in milliseconds. */
export const ROOM_MS_MAX = 5 * 86_400_000
/** Posts of a room that are published again for whoever asks. */
export const ROOM_TAIL_POSTS = 30
/** How often a member says to be there, and how long that holds: two of three may be lost. In milliseconds. */
export const PRESENCE_MS = 20_000
export const PRESENCE_HOLDS_MS = 3 * PRESENCE_MS
/** Posts a second in one room, after `ROOM_POSTS_BURST` at once: what ten people write in a hurry. One more is `too_many_requests`. */
export const ROOM_POSTS_PER_SECOND = 10
export const ROOM_POSTS_BURST = 50
/** Newest posts of a feed, each with its name, that a reply can be shown to answer: at least half a minute of the fullest feed, hours of a quiet one. */
export const FEED_NAMES_MAX = 480
/** Posts of one show that were removed and are still named, the newest: more than are on a screen. */
export const REMOVED_POSTS_MAX = 200
/** Posts of one show whose removal was taken back and that are still named, the newest: as many as somebody sees who comes now. */
export const RELEASED_POSTS_MAX = 50
/** Word lists of one show, one a language, and the entries of all of them together: bounds the show's document. */
export const WORD_LISTS_MAX = 16
export const WORDS_MAX = 500
/** An entry of a word list, in UTF-16 code units. */
export const WORD_LENGTH_MAX = 64
/** Posts of one show that wait for a moderator. One more, and the oldest gives way and is never shown. */
export const HELD_POSTS_MAX = 500
/** Of those, posts of one viewer: nobody pushes the others out. One more, and the viewer's oldest gives way. */
export const HELD_A_VIEWER_MAX = 5
/** Held posts of one show that were decided and are still known, so that a decision can be taken back: the newest. */
export const DECIDED_POSTS_MAX = 200
/** Viewers who are muted in one show at the same time. Bounds the show's document. */
export const MUTED_MAX = 500
/** The longest time for which a viewer is muted, in milliseconds: a day. Without one it is for the show. */
export const MUTE_MS_MAX = 86_400_000
/** The smallest share of bursts that a server ever asks a client to send. */
export const SAMPLE_MIN = 1 / 64
/** Choices of one poll. Bounds a ballot, a tally and the card. */
export const CHOICES_MAX = 64
/** Points that one viewer may split. */
export const POINTS_MAX = 1000
/** A poll's question and a choice's title, in UTF-16 code units. */
export const QUESTION_LENGTH_MAX = 280
/** Viewers whom a published segment of a result has at least: fewer, and it would tell what they answered. */
export const SEGMENT_VIEWERS_MIN = 10
/** Polls of one show. Bounds the retained topics. */
export const POLLS_MAX = 256
/** How long after the end late votes may be taken, in milliseconds. */
export const GRACE_MS_MAX = 300_000
/** Entries of one slice: those of its table where it is folded, twice over, and where it keeps events these and a burst. */
export const SLICE_ENTRIES_MAX = 2 * (SEGMENTS_MAX + 1) * STICKERS_MAX
/** Entries of a folded slice that are of viewers behind, after which it is cut: with those of its table no more than a record may have. */
export const SLICE_DELAYED_MAX = 10_000
/** Events that a slice keeps before it is cut: with the longest ids half of what a record may have in bytes. */
export const SLICE_EVENTS_MAX = 20_000

/**
 * A document of the control log, in bytes: what a log takes in one record (Kafka's `max.message.bytes`), with room for what the
 * record has besides.
 */
export const DOCUMENT_BYTES_MAX = 1_000_000
/**
 * What of a show's document is prepared for the night, in bytes: its settings and stickers. The rest is room for all that the
 * night itself writes, each list of it full: nobody is kept from ending a show because its stickers say much.
 */
export const PREPARED_BYTES_MAX = 750_000
/**
 * The first time that a producer may name, in milliseconds: in 1973. Until the year 5138 whatever is before it was meant in
 * seconds, and would open a poll at once, or end a show.
 */
export const TIME_MIN = 100_000_000_000
/** The end of the year 9999 in milliseconds, the last time that RFC 3339 can write; from the year 275760 on there is no date at all. */
export const TIME_MAX = 253_402_300_799_999

/** Revoked tokens that have not expired. One more is refused: every edge holds them all. */
export const REVOKED_MAX = 10_000
