import { TOPIC_ROOT } from '../../protocol/topics.ts'
import type { Viewers } from '../../protocol/viewers.ts'

/** Whose filters count: a show's mood, or all of the show. A segment's mood, or its viewers, says where somebody stands. */
interface Watched {
  show: string
  segment: string | undefined
}

/** The show that whoever holds the filter watches; undefined for a filter that says nothing of it. */
function watchedBy(filter: string): Watched | undefined {
  const [root, show = '', kind, segment, ...rest] = filter.split('/')
  if (root !== TOPIC_ROOT || rest.length > 0) return undefined
  if (segment === undefined)
    return kind === 'mood' || kind === '#' || kind === '+' ? { show, segment } : undefined
  if (kind !== 'mood' && kind !== 'viewers') return undefined
  return { show, segment: segment === '#' || segment === '+' ? undefined : segment }
}

interface Count {
  viewers: number
  segments: Map<string, number>
}

/**
 * Who watches which show at this edge: sessions, by what they subscribe to. Counted as filters come and go, so that nobody
 * has to walk over all sessions.
 */
export class Watching {
  readonly #shows = new Map<string, Count>()

  /** @param others The session's other filters. */
  added(filter: string, others: Iterable<string>): void {
    this.#change(filter, others, 1)
  }

  removed(filter: string, others: Iterable<string>): void {
    this.#change(filter, others, -1)
  }

  /** A session has gone, with all its filters. */
  left(filters: Iterable<string>): void {
    const shows = new Map<string, Set<string>>()
    for (const filter of filters) {
      const watched = watchedBy(filter)
      if (watched === undefined) continue
      const segments = shows.get(watched.show) ?? new Set()
      if (watched.segment !== undefined) segments.add(watched.segment)
      shows.set(watched.show, segments)
    }
    for (const [show, segments] of shows) this.#count(show, -1, { watches: true, segments })
  }

  #change(filter: string, others: Iterable<string>, by: 1 | -1): void {
    const watched = watchedBy(filter)
    if (watched === undefined) return
    const { show, segment } = watched
    let isFirst = true
    let isFirstThere = segment !== undefined
    for (const other of others) {
      const also = watchedBy(other)
      if (also?.show !== show) continue
      isFirst = false
      if (also.segment === segment) isFirstThere = false
    }
    this.#count(show, by, { watches: isFirst, segments: isFirstThere ? [segment!] : [] })
  }

  /** A session more or less: of those that watch the show, and of those that stand in these segments. */
  #count(
    show: string,
    by: 1 | -1,
    { watches, segments }: { watches: boolean; segments: Iterable<string> },
  ): void {
    const count = this.#shows.get(show) ?? { viewers: 0, segments: new Map() }
    if (watches) count.viewers += by
    for (const segment of segments) {
      const there = (count.segments.get(segment) ?? 0) + by
      if (there > 0) count.segments.set(segment, there)
      else count.segments.delete(segment)
    }
    if (count.viewers > 0) this.#shows.set(show, count)
    else this.#shows.delete(show)
  }

  /** Each show's viewers, of its segments those that there are: anybody can subscribe to any name. */
  *shows(isSegment: (show: string, segment: string) => boolean): Generator<[string, Viewers]> {
    for (const [show, { viewers, segments }] of this.#shows) {
      yield [
        show,
        { viewers, segments: Object.fromEntries([...segments].filter(([name]) => isSegment(show, name))) },
      ]
    }
  }
}
