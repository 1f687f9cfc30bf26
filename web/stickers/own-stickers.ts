const RECENT_MAX = 24
const FAVOURITES_MAX = 64

export interface OwnStickersOptions {
  kept(key: string): string | undefined
  keep(key: string, value: string | undefined): void
}

/** What a viewer's device remembers of stickers: recent ones, favourites, and the one in the bar's last place. */
export class OwnStickers {
  readonly #options: OwnStickersOptions

  constructor(options: OwnStickersOptions) {
    this.#options = options
  }

  /** Newest first. */
  get recent(): readonly string[] {
    return this.#list('recent')
  }

  /** In the order in which they were added. */
  get favourites(): readonly string[] {
    return this.#list('favourites')
  }

  /** The sticker in the last place of the bar. */
  get inBar(): string | undefined {
    return this.#options.kept('in-bar')
  }

  set inBar(sticker: string | undefined) {
    this.#options.keep('in-bar', sticker)
  }

  used(sticker: string): void {
    const { recent } = this
    if (recent[0] === sticker) return
    this.#keep('recent', [sticker, ...recent.filter((one) => one !== sticker)].slice(0, RECENT_MAX))
  }

  /** Beyond the maximum the oldest favourite is dropped. */
  setFavourite(sticker: string, is: boolean): void {
    const others = this.favourites.filter((one) => one !== sticker)
    this.#keep('favourites', (is ? [...others, sticker] : others).slice(-FAVOURITES_MAX))
  }

  #list(key: string): string[] {
    return this.#options.kept(key)?.split(' ').filter(Boolean) ?? []
  }

  /** Ids contain no spaces. */
  #keep(key: string, stickers: readonly string[]): void {
    this.#options.keep(key, stickers.length === 0 ? undefined : stickers.join(' '))
  }
}
