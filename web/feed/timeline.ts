import { RELEASED_POSTS_MAX } from '../../protocol/limits.ts'
import type { Post } from '../../sdk/src/index.ts'

/**
 * A post as the feed shows it. For own posts: `waiting`, not yet confirmed; `held`, for a moderator to see first; `failed`,
 * refused.
 */
export interface FeedEntry {
  /** Stays the same while an own post goes from shown to confirmed. */
  key: string
  /** Absent until the server has confirmed an own post. */
  viewer?: string
  name: string
  sticker?: string
  text?: string
  /** The post it answers, and that post's author; undefined once it was removed. */
  replyTo?: string
  replyName?: string | undefined
  /** How many times in a row this author posted this sticker. */
  times: number
  /** Of own ones: how many of them the server has yet to answer. */
  waiting: number
  at: number
  own: boolean
  state: 'waiting' | 'held' | 'sent' | 'failed'
}

/**
 * The effect of a change, so that a screen can follow without comparing lists. An added entry is new, or was restored to its
 * place.
 */
export type FeedChange =
  | { kind: 'added'; entry: FeedEntry }
  | { kind: 'changed'; entry: FeedEntry }
  | { kind: 'removed'; key: string }

/** Ids remembered, so that a post in a second packet is not shown twice. */
const IDS_MAX = 500
/** The key stored for a post that was removed. */
const GONE = ''

/**
 * The feed's order and identity: newest last, at most `entriesMax`, the oldest drop out first. An own post appears at once;
 * whether its answer or its packet arrives first, it stays one entry. One author's run of the same sticker is one entry too.
 */
export class Timeline {
  readonly #entriesMax: number
  readonly #entries: FeedEntry[] = []
  /** Entry key by post id. */
  readonly #keys = new Map<string, string>()
  /** Recently removed posts by id: the entry that it was, or was counted in. As many as a show lists as released. */
  readonly #withdrawn = new Map<string, FeedEntry>()
  #hidden: ReadonlySet<string> = new Set()
  #viewer = ''
  #serial = 0

  /** @param options.entriesMax Default 120. */
  constructor({ entriesMax = 120 }: { entriesMax?: number } = {}) {
    this.#entriesMax = entriesMax
  }

  get entries(): readonly FeedEntry[] {
    return this.#entries
  }

  /** Sets the viewer: this viewer's posts are own, whichever window they come from. */
  setViewer(viewer: string): void {
    this.#viewer = viewer
  }

  /** Whether this is the viewer. */
  isViewer(viewer: string): boolean {
    return this.#viewer !== '' && viewer === this.#viewer
  }

  /** Shows an own post before the server has confirmed it. Returns the key of its entry. */
  postOwn(post: Omit<Post, 'id' | 'viewer'>): { key: string; changes: FeedChange[] } {
    const last = this.#entries.at(-1)
    if (last && isRun(last, { ...post, own: true }))
      return { key: last.key, changes: this.#count(last.key, { times: 1, waiting: 1 }) }
    const key = `own-${this.#serial++}`
    return { key, changes: this.#add({ key, ...post, times: 1, waiting: 1, own: true, state: 'waiting' }) }
  }

  /** The server accepted an own post, or holds it for a moderator: then it counts as sent once its packet comes. */
  confirm(key: string, { post, held }: { post: { id: string; at: number }; held?: boolean }): FeedChange[] {
    const twin = this.#keys.get(post.id)
    if (twin === key) return []
    // A moderator was faster than the answer, and perhaps than the packet too.
    if (twin === GONE)
      return this.#withdrawn.get(post.id)?.key === key ? [] : this.#count(key, { times: -1, waiting: -1 })
    if (held && !twin) return this.#setApart(key, 'held', post.id)
    const changes = this.#count(key, { waiting: -1 })
    // The packet came before the answer, and was taken for a new entry.
    if (twin === post.id) changes.push(...this.#remove(twin))
    this.#remember(post.id, key)
    return changes
  }

  /** The server refused an own post. */
  fail(key: string): FeedChange[] {
    return this.#setApart(key, 'failed')
  }

  /** One of an entry's own posts does not share the fate of the others: it leaves the run, and stands below it. */
  #setApart(key: string, state: 'held' | 'failed', id?: string): FeedChange[] {
    const entry = this.#entryOf(key)
    if (!entry) return []
    const apart = { ...entry, key: `own-${this.#serial++}`, times: 1, waiting: 0, state }
    if (id) this.#remember(id, apart.key)
    const added = this.#add(apart, this.#entries.indexOf(entry) + 1)
    return [...added, ...this.#count(key, { times: -1, waiting: -1 })]
  }

  /** Takes a post from a feed packet. @param place Of one of an earlier packet, see `placeOf`. Default: the end. */
  receive(post: Post, place = this.#entries.length): FeedChange[] {
    const { id, viewer, name, sticker, text, replyTo, replyName: said } = post
    const own = this.isViewer(viewer)
    // The post it answers may have been removed before.
    const replyName = this.#keys.get(replyTo ?? '') === GONE ? undefined : said
    // Show what everybody else sees: the server cleans texts, and may have renamed a guest.
    const asTaken = { name, replyName, ...(text !== undefined && { text }) }
    const known = this.#keys.get(id)
    if (known !== undefined && own) return this.#count(known, {}, asTaken)
    if (known !== undefined || this.#hidden.has(viewer)) return []
    const isMine = (entry: FeedEntry) =>
      entry.state === 'waiting' &&
      entry.sticker === sticker &&
      !entry.text === !text &&
      entry.replyTo === replyTo
    const waiting = own && this.#entries.find(isMine)
    if (waiting) {
      this.#remember(id, waiting.key)
      return this.#count(waiting.key, { waiting: -1 }, asTaken)
    }
    const last = this.#entries[place - 1]
    if (last && isRun(last, { ...post, own })) {
      this.#remember(id, last.key)
      return this.#count(last.key, { times: 1 })
    }
    this.#remember(id, id)
    return this.#add({ ...post, key: id, replyName, times: 1, waiting: 0, own, state: 'sent' }, place)
  }

  /** Where a post of that time stands: after the last that is not later. */
  placeOf(time: number): number {
    return this.#entries.findLastIndex(({ at }) => at <= time) + 1
  }

  /** The id of the newest post in an entry; undefined: the server has confirmed none yet. */
  postOf(key: string): string | undefined {
    return [...this.#keys].findLast(([, shownAs]) => shownAs === key)?.[0]
  }

  /** Whether the post is shown, or dropped out only because of newer ones; false for removed posts and those of another feed. */
  knows(id: string): boolean {
    return (this.#keys.get(id) ?? GONE) !== GONE
  }

  /** Removes posts that a moderator took away, until they are restored. Answers to them name nobody. */
  withdraw(ids: readonly string[]): FeedChange[] {
    const answering = this.#entries.filter(({ replyTo, replyName }) => replyName && ids.includes(replyTo!))
    const unnamed = answering.flatMap((entry) => this.#change(entry, { replyName: undefined }))
    const gone = ids.flatMap((id) => {
      const key = this.#keys.get(id) ?? GONE
      this.#remember(id, GONE)
      const entry = this.#entryOf(key)
      if (entry === undefined) return []
      setWithin(RELEASED_POSTS_MAX, this.#withdrawn, id, entry)
      return this.#count(key, { times: -1 })
    })
    return [...unnamed, ...gone]
  }

  /** Restores posts that a moderator released to their place among their neighbours. */
  restore(ids: readonly string[]): FeedChange[] {
    return ids.flatMap((id) => {
      const entry = this.#withdrawn.get(id)
      if (this.#keys.get(id) === GONE) this.#keys.delete(id)
      if (entry === undefined || this.#hidden.has(entry.viewer ?? '')) return []
      this.#withdrawn.delete(id)
      this.#remember(id, entry.key)
      if (this.#entries.includes(entry)) return this.#count(entry.key, { times: 1 })
      return this.#add(entry, this.placeOf(entry.at))
    })
  }

  /** All earlier posts were wiped: they leave the screen and cannot be restored. */
  clear(): FeedChange[] {
    this.#withdrawn.clear()
    return this.#entries.splice(0).map(({ key }) => ({ kind: 'removed', key }))
  }

  /** Hides these viewers' posts, existing and future ones. */
  hide(viewers: readonly string[]): FeedChange[] {
    this.#hidden = new Set(viewers)
    const gone = this.#entries.filter(({ viewer = '' }) => this.#hidden.has(viewer))
    return gone.flatMap(({ key }) => this.#remove(key))
  }

  #add(entry: FeedEntry, place = this.#entries.length): FeedChange[] {
    this.#entries.splice(place, 0, entry)
    const changes: FeedChange[] = [{ kind: 'added', entry }]
    if (this.#entries.length > this.#entriesMax) {
      changes.push({ kind: 'removed', key: this.#entries.shift()!.key })
    }
    return changes
  }

  #entryOf(key: string): FeedEntry | undefined {
    return this.#entries.find((candidate) => candidate.key === key)
  }

  /** Counts posts in or out of an entry; it is sent once none of its own ones waits for an answer. */
  #count(
    key: string,
    by: { times?: number; waiting?: number },
    change: Partial<FeedEntry> = {},
  ): FeedChange[] {
    const entry = this.#entryOf(key)
    if (!entry) return []
    const times = entry.times + (by.times ?? 0)
    if (!times) return this.#remove(key)
    const waiting = entry.waiting + (by.waiting ?? 0)
    return this.#change(entry, { ...change, times, waiting, state: waiting > 0 ? 'waiting' : 'sent' })
  }

  #change(entry: FeedEntry, change: Partial<FeedEntry>): FeedChange[] {
    Object.assign(entry, change)
    return [{ kind: 'changed', entry }]
  }

  #remove(key: string): FeedChange[] {
    const index = this.#entries.findIndex((entry) => entry.key === key)
    if (index < 0) return []
    this.#entries.splice(index, 1)
    return [{ kind: 'removed', key }]
  }

  #remember(id: string, key: string): void {
    setWithin(IDS_MAX, this.#keys, id, key)
  }
}

/** Beyond the bound the oldest are forgotten. */
function setWithin<Value>(max: number, map: Map<string, Value>, id: string, value: Value): void {
  map.set(id, value)
  if (map.size > max) map.delete(map.keys().next().value!)
}

/** Whether a post continues an entry: the same author's same sticker again, without words. */
const isRun = (
  last: FeedEntry,
  { own, viewer, sticker, text, replyTo }: Omit<Post, 'id' | 'viewer'> & { own: boolean; viewer?: string },
): boolean =>
  !text &&
  !last.text &&
  last.sticker === sticker &&
  last.replyTo === replyTo &&
  last.own === own &&
  (own ? last.state === 'sent' || last.state === 'waiting' : last.viewer === viewer)
