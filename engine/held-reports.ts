/** Sources of reports; more are ignored: all of them are the operator's own processes. */
const SOURCES_MAX = 10_000
/** Entries of one source. */
const ENTRIES_MAX = 10_000

interface Held<Entry> {
  entry: Entry
  untilMs: number
}

/** Reports of others, by entry. An entry is valid for `holdsMs`, until its source replaces it, or until the source leaves. */
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

  /** The source has said that it leaves. */
  forget(source: Source): void {
    this.#sources.delete(source)
  }

  /** Valid entries; of one name the newest comes last. */
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
