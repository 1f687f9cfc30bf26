import { RELEASED_POSTS_MAX } from '../../protocol/limits.ts'
import type { Post } from '../../sdk/src/index.ts'

/** A post as the feed shows it. Of own ones, `waiting`: not yet confirmed; `held`: a moderator sees it first; `failed`: refused. */
export interface FeedEntry {
  /** Stays the same while an own post goes from shown to confirmed. */
  key: string
  /** Absent until the server has an own post. */
  viewer?: string
  name: string
  sticker?: string
  text?: string
  /** The post that it answers, and whose that is: nobody's once it was removed. */
  replyTo?: string
  replyName?: string | undefined
  /** How often in a row somebody posted this sticker. */
  times: number
  at: number
  own: boolean
  state: 'waiting' | 'held' | 'sent' | 'failed'
}

/** What a change did, so that a screen can follow without comparing lists. What is added is new, or was restored in its place. */
export type FeedChange =
  | { kind: 'added'; entry: FeedEntry }
  | { kind: 'changed'; entry: FeedEntry }
  | { kind: 'removed'; key: string }

/** Ids that are remembered, so that a post in a second packet is not shown twice. */
const IDS_MAX = 500
/** The key of a post that was taken away. */
const GONE = ''

/**
 * The feed's order and identity: newest last, at most `entriesMax`, the oldest leave first. An own post stands there
 * at once; whether its answer or its packet comes first, it stays one entry. A sticker that somebody else posts several times in a row
 * is one entry too.
 */
export class Timeline {
  readonly #entriesMax: number
  readonly #entries: FeedEntry[] = []
  /** Entry key by post id. */
  readonly #keys = new Map<string, string>()
  /** Of what was taken away last, by post id: the entry that it was, or was counted in. As many as a show names as released. */
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

  /** Says who the viewer is: posts of this viewer are own, from whichever window they came. */
  setViewer(viewer: string): void {
    this.#viewer = viewer
  }

  /** Whether this is the viewer. */
  isViewer(viewer: string): boolean {
    return this.#viewer !== '' && viewer === this.#viewer
  }

  /** Shows an own post before the server has it. Returns its key. */
  postOwn(post: Omit<Post, 'id' | 'viewer'>): { key: string; changes: FeedChange[] } {
    const key = `own-${this.#serial++}`
    return { key, changes: this.#add({ key, ...post, times: 1, own: true, state: 'waiting' }) }
  }

  /** The server took an own post, or holds it: then it is sent once its packet comes. */
  confirm(key: string, { post, held }: { post: { id: string; at: number }; held?: boolean }): FeedChange[] {
    const twin = this.#keys.get(post.id)
    const changes = this.#change(key, { state: held && twin === undefined ? 'held' : 'sent' })
    // The packet was faster than the answer and its entry was taken for a new one.
    if (twin === post.id) changes.push(...this.#remove(twin))
    this.#remember(post.id, key)
    return changes
  }

  /** The server refused an own post. */
  fail(key: string): FeedChange[] {
    return this.#change(key, { state: 'failed' })
  }

  /** Takes a post of a feed packet. */
  receive({ id, viewer, name, sticker, text, replyTo, replyName: said, at }: Post): FeedChange[] {
    const own = this.isViewer(viewer)
    // It may come after what it answers was taken away.
    const replyName = this.#keys.get(replyTo ?? '') === GONE ? undefined : said
    // What everybody else sees: the server cleans texts, and may have given a guest another name.
    const asTaken = { name, replyName, ...(text !== undefined && { text }) }
    const known = this.#keys.get(id)
    if (known !== undefined && own) return this.#change(known, { state: 'sent', ...asTaken })
    if (known !== undefined || this.#hidden.has(viewer)) return []
    const isThis = (entry: FeedEntry) =>
      entry.state === 'waiting' &&
      entry.sticker === sticker &&
      !entry.text === !text &&
      entry.replyTo === replyTo
    const waiting = own && this.#entries.find(isThis)
    if (waiting) {
      this.#remember(id, waiting.key)
      return this.#change(waiting.key, { state: 'sent', ...asTaken })
    }
    const last = this.#entries.at(-1)
    const isRun =
      !own &&
      !text &&
      last?.viewer === viewer &&
      !last.text &&
      last.sticker === sticker &&
      last.replyTo === replyTo
    if (isRun) {
      this.#remember(id, last.key)
      return this.#change(last.key, { times: last.times + 1 })
    }
    this.#remember(id, id)
    const shown = {
      ...(sticker !== undefined && { sticker }),
      ...(text !== undefined && { text }),
      ...(replyTo !== undefined && { replyTo, replyName }),
    }
    return this.#add({ key: id, viewer, name, ...shown, times: 1, at, own, state: 'sent' })
  }

  /** The newest post that an entry shows, by its id; undefined: the server has none of it yet. */
  postOf(key: string): string | undefined {
    return [...this.#keys].findLast(([, shownAs]) => shownAs === key)?.[0]
  }

  /** Whether a post stands here, or left only as newer ones came; not one that was taken away, nor one of another feed. */
  knows(id: string): boolean {
    return (this.#keys.get(id) ?? GONE) !== GONE
  }

  /** Posts that a moderator took away leave the screen, and do not come back until they are restored. What answers them names nobody. */
  withdraw(ids: readonly string[]): FeedChange[] {
    const answering = this.#entries.filter(({ replyTo, replyName }) => replyName && ids.includes(replyTo!))
    const unnamed = answering.flatMap(({ key }) => this.#change(key, { replyName: undefined }))
    const gone = ids.flatMap((id) => {
      const key = this.#keys.get(id) ?? GONE
      this.#remember(id, GONE)
      const entry = this.#entries.find((candidate) => candidate.key === key)
      if (entry === undefined) return []
      this.#withdrawn.set(id, entry)
      if (this.#withdrawn.size > RELEASED_POSTS_MAX)
        this.#withdrawn.delete(this.#withdrawn.keys().next().value!)
      return entry.times === 1 ? this.#remove(key) : this.#change(key, { times: entry.times - 1 })
    })
    return [...unnamed, ...gone]
  }

  /** Posts that a moderator released are where they were, among those that came before and after them. */
  restore(ids: readonly string[]): FeedChange[] {
    return ids.flatMap((id) => {
      const entry = this.#withdrawn.get(id)
      if (this.#keys.get(id) === GONE) this.#keys.delete(id)
      if (entry === undefined || this.#hidden.has(entry.viewer ?? '')) return []
      this.#withdrawn.delete(id)
      this.#remember(id, entry.key)
      if (this.#entries.includes(entry)) return this.#change(entry.key, { times: entry.times + 1 })
      const later = this.#entries.findIndex(({ at }) => at > entry.at)
      return this.#add(entry, later < 0 ? this.#entries.length : later)
    })
  }

  /** Everything that was posted before was wiped: it leaves the screen, and nothing of it is restored. */
  clear(): FeedChange[] {
    this.#withdrawn.clear()
    return this.#entries.splice(0).map(({ key }) => ({ kind: 'removed', key }))
  }

  /** Whose posts this viewer does not want to see: what stands there of them leaves, and nothing new comes. */
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

  #change(key: string, change: Partial<FeedEntry>): FeedChange[] {
    const entry = this.#entries.find((candidate) => candidate.key === key)
    if (entry === undefined) return []
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
    this.#keys.set(id, key)
    if (this.#keys.size > IDS_MAX) this.#keys.delete(this.#keys.keys().next().value!)
  }
}
