/** Delay before taps are saved, so that not each is saved by itself. */
const SAVE_MS = 1000
const KEY = 'evening'

export interface OwnEveningOptions {
  show: string
  kept(key: string): string | undefined
  keep(key: string, value: string): void
}

/** This viewer's taps in one show, kept on the device. Only the newest show is kept, so nothing grows. */
export class OwnEvening {
  readonly #options: OwnEveningOptions
  readonly #taps: Map<string, number>
  #saving: ReturnType<typeof setTimeout> | undefined

  constructor(options: OwnEveningOptions) {
    this.#options = options
    this.#taps = new Map(read(options))
    addEventListener('pagehide', () => this.#save())
  }

  get taps(): ReadonlyMap<string, number> {
    return this.#taps
  }

  add(sticker: string): void {
    this.#taps.set(sticker, (this.#taps.get(sticker) ?? 0) + 1)
    this.#saving ??= setTimeout(() => this.#save(), SAVE_MS)
  }

  #save(): void {
    if (this.#saving === undefined) return
    clearTimeout(this.#saving)
    this.#saving = undefined
    const { show, keep } = this.#options
    keep(KEY, JSON.stringify({ show, taps: [...this.#taps] }))
  }
}

/** What was stored for this show; empty if somebody else wrote there. */
function read({ show, kept }: OwnEveningOptions): [string, number][] {
  try {
    const { show: of, taps } = JSON.parse(kept(KEY) ?? '') as { show: unknown; taps: unknown }
    if (of !== show || !Array.isArray(taps)) return []
    return taps.filter(
      (entry): entry is [string, number] =>
        Array.isArray(entry) && typeof entry[0] === 'string' && Number.isSafeInteger(entry[1]),
    )
  } catch {
    return []
  }
}
