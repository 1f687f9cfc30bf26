import { moodTopic, TOPIC_ROOT, viewersTopic } from '../../protocol/topics.ts'
import type { Viewers } from '../../protocol/viewers.ts'

/**
 * Filters that count as watching: a show's mood, or the whole show. A segment's mood, or its viewers, tells the viewer's segment.
 */
interface Watched {
  show: string
  segment: string | undefined
}

/** Captures show and segment, of the mood or of the viewers; neither for the whole show. */
const WATCHES = new RegExp(`^${TOPIC_ROOT}/([^/]*)/(?:(?:mood|viewers)/([^/]*)|mood|#|\\+)$`)

/** The show that a filter's holder watches; undefined if the filter does not imply it. */
function watchedBy(filter: string): Watched | undefined {
  const [match, show, segment] = WATCHES.exec(filter) ?? []
  if (match === undefined) return undefined
  return { show: show!, segment: segment === '#' || segment === '+' ? undefined : segment }
}

/** A session's filters. */
interface Filters extends Iterable<string> {
  has(filter: string): boolean
}

/** Stops at the first match: there may be many filters for the whole show. */
function watchesShow(filters: Filters, show: string): boolean {
  const ofShow = `${TOPIC_ROOT}/${show}/`
  for (const filter of filters) if (filter.startsWith(ofShow) && WATCHES.test(filter)) return true
  return false
}

const standsIn = (filters: Filters, show: string, segment: string): boolean =>
  filters.has(moodTopic(show, segment)) || filters.has(`${viewersTopic(show)}/${segment}`)

interface Count {
  viewers: number
  segments: Map<string, number>
}

/**
 * How many sessions watch each show at this edge, by their subscriptions. Counted as filters are added and removed, so that
 * nobody has to walk over all sessions.
 */
export class Watching {
  readonly #shows = new Map<string, Count>()

  /** @param others The session's other filters. */
  added(filter: string, others: Filters): void {
    this.#change(filter, others, 1)
  }

  removed(filter: string, others: Filters): void {
    this.#change(filter, others, -1)
  }

  /** A session has left, with all its filters. */
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

  #change(filter: string, others: Filters, by: 1 | -1): void {
    const watched = watchedBy(filter)
    if (watched === undefined) return
    const { show, segment } = watched
    const isFirstThere = segment !== undefined && !standsIn(others, show, segment)
    this.#count(show, by, {
      watches: !watchesShow(others, show),
      segments: isFirstThere ? [segment] : [],
    })
  }

  /** Adds or removes a session: in the show's count, and in those of these segments. */
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

  /** Each show's viewers, with only the segments that exist: anybody can subscribe to any name, and to many of them. */
  *shows(segmentsOf: (show: string) => Iterable<string>): Generator<[string, Viewers]> {
    for (const [show, { viewers, segments }] of this.#shows) {
      const there = [...segmentsOf(show)].flatMap((segment): [string, number][] => {
        const count = segments.get(segment)
        return count === undefined ? [] : [[segment, count]]
      })
      yield [show, { viewers, segments: Object.fromEntries(there) }]
    }
  }
}
