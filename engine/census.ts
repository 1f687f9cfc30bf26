import { ownOf } from '../protocol/ids.ts'
import type { Viewers, ViewersReport } from '../protocol/viewers.ts'

interface Entry extends Viewers {
  untilMs: number
}

/** Who reports. More than these are not heard: they are processes of one's own. */
const SOURCES_MAX = 10_000
/** Shows of one who reports. */
const SHOWS_MAX = 10_000

/**
 * How many watch each show, by what others report. Each report holds for `holdsMs`, so an edge that dies is out of the sum
 * by then, and one that comes back to another place is counted twice for no longer.
 */
export class Census<Source> {
  readonly #holdsMs: number
  readonly #sources = new Map<Source, Map<string, Entry>>()

  constructor({ holdsMs }: { holdsMs: number }) {
    this.#holdsMs = holdsMs
  }

  take(source: Source, report: ViewersReport, now: number): void {
    const known = this.#sources.get(source) ?? new Map<string, Entry>()
    if (!this.#sources.has(source)) {
      if (this.#sources.size >= SOURCES_MAX) return
      this.#sources.set(source, known)
    }
    for (const [show, viewers] of Object.entries(report)) {
      if (known.has(show) || known.size < SHOWS_MAX)
        known.set(show, { ...viewers, untilMs: now + this.#holdsMs })
    }
  }

  /** It has gone, and said so. */
  forget(source: Source): void {
    this.#sources.delete(source)
  }

  /** The sum of what holds, by show. */
  total(now: number): Map<string, Viewers> {
    const total = new Map<string, Viewers>()
    for (const [source, shows] of this.#sources) {
      for (const [show, entry] of shows) {
        if (now < entry.untilMs) add(total, show, entry)
        else shows.delete(show)
      }
      if (shows.size === 0) this.#sources.delete(source)
    }
    return total
  }
}

/** Adds a show's viewers to those of before. */
export function add(total: Map<string, Viewers>, show: string, { viewers, segments }: Viewers): void {
  const sum = total.get(show) ?? { viewers: 0, segments: {} }
  sum.viewers += viewers
  for (const [segment, count] of Object.entries(segments))
    sum.segments[segment] = (ownOf(sum.segments, segment) ?? 0) + count
  total.set(show, sum)
}
