/** Who reports. More than these are not heard: they are processes of one's own. */
const SOURCES_MAX = 10_000
/** What one who reports can report on. */
const ENTRIES_MAX = 10_000

interface Held<Entry> {
  entry: Entry
  untilMs: number
}

/** What others report, entry by entry. Each entry holds for `holdsMs`, or until its source says another, or has gone. */
export class HeldReports<Source, Entry> {
  readonly #holdsMs: number
  readonly #sources = new Map<Source, Map<string, Held<Entry>>>()

  constructor({ holdsMs }: { holdsMs: number }) {
    this.#holdsMs = holdsMs
  }

  take(source: Source, report: Readonly<Record<string, Entry>>, now: number): void {
    const known = this.#sources.get(source) ?? new Map<string, Held<Entry>>()
    if (!this.#sources.has(source)) {
      if (this.#sources.size >= SOURCES_MAX) return
      this.#sources.set(source, known)
    }
    for (const [name, entry] of Object.entries(report)) {
      if (known.has(name) || known.size < ENTRIES_MAX)
        known.set(name, { entry, untilMs: now + this.#holdsMs })
    }
  }

  /** It has gone, and said so. */
  forget(source: Source): void {
    this.#sources.delete(source)
  }

  /** What holds, the newest of a name last. */
  entries(now: number): [name: string, entry: Entry][] {
    const held: [string, Held<Entry>][] = []
    for (const [source, entries] of this.#sources) {
      for (const [name, each] of entries) {
        if (now < each.untilMs) held.push([name, each])
        else entries.delete(name)
      }
      if (entries.size === 0) this.#sources.delete(source)
    }
    return held
      .sort(([, one], [, other]) => one.untilMs - other.untilMs)
      .map(([name, { entry }]) => [name, entry])
  }
}
