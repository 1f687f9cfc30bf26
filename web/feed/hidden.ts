/** Beyond this, the oldest is shown again. */
const HIDDEN_MAX = 100
const KEY = 'hidden'

export interface HiddenOptions {
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
}

/** Whose posts this device hides, by the viewers' keyed hashes. Nobody else is told. */
export class Hidden {
  readonly #options: HiddenOptions

  constructor(options: HiddenOptions) {
    this.#options = options
  }

  get viewers(): readonly string[] {
    return this.#options.kept(KEY)?.split(' ') ?? []
  }

  add(viewer: string): readonly string[] {
    const viewers = [...this.viewers.filter((known) => known !== viewer), viewer].slice(-HIDDEN_MAX)
    this.#options.keep(KEY, viewers.join(' '))
    return viewers
  }

  clear(): readonly string[] {
    this.#options.keep(KEY, undefined)
    return this.viewers
  }
}
